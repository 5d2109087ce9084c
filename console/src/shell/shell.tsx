// The frame of every page: where one is, who one is, and where else to go.
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useMay, useSession } from '../session-context.ts';
import { entriesFor, titleOf } from './navigation.ts';
import { chooseTheme, preferredTheme, type Theme } from './theme.ts';

/** After the first page, which does without it. */
const SearchBox = lazy(() => import('./search-box.tsx').then(({ SearchBox: component }) => ({ default: component })));

export function Shell() {
  const { roles, name, settings, signOut } = useSession();
  const maySearch = useMay('GET /search');
  const [isOpen, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const shown = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  useEffect(() => {
    // Wherever one went, one wants to see it.
    setOpen(false);
    document.title = titleOf(path);
  }, [path]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <button
          type="button"
          className="menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          <span aria-hidden="true">☰</span>
          <span className="for-readers">{isOpen ? 'Close the menu' : 'Open the menu'}</span>
        </button>
        <Link to="/" className="brand">
          Tenure
        </Link>
        {settings.local && <span className="local">local</span>}
        <Suspense fallback={<span className="go" />}>{maySearch ? <SearchBox /> : <span className="go" />}</Suspense>
        <div className="who">
          <span className="name" title={`Roles: ${roles.join(', ') || 'none'}`}>
            {name}
            <span className="roles"> {roles.filter((role) => role !== name).join(', ')}</span>
          </span>
          <ThemeToggle />
          <button type="button" className="theme" onClick={signOut}>
            Sign out
          </button>
        </div>
      </header>
      <nav id="navigation" className={isOpen ? 'side open' : 'side'} aria-label="Pages">
        <ul>
          {entriesFor(roles).map(({ text, href }) => (
            <li key={href}>
              <Link to={href} activeOptions={{ exact: href === '/' }} activeProps={{ 'aria-current': 'page' }}>
                {text}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" className="content" tabIndex={-1} data-path={shown}>
        <Outlet />
      </main>
    </div>
  );
}

function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>(preferredTheme);
  const other = theme === 'dark' ? 'light' : 'dark';
  const choose = () => {
    chooseTheme(other);
    setTheme(other);
  };
  return (
    <button type="button" className="theme" onClick={choose} aria-label={`Use the ${other} theme`}>
      <span aria-hidden="true">{theme === 'dark' ? '☀' : '☾'}</span>
    </button>
  );
}
