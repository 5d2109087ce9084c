// The console starts here: settings, sign-in, then the pages.
import I18nProvider from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en.json';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { setCaller } from './api/client.ts';
import { queryClient } from './api/queries.ts';
import { router } from './router.tsx';
import { readSettings, type Session, SIGNED_OUT, signIn } from './session.ts';
import { SessionContext } from './session-context.ts';
import { SignedOut, StartFailed } from './shell/start-pages.tsx';
import { applyTheme, preferredTheme } from './shell/theme.ts';
import './shell/shell.css';

applyTheme(preferredTheme());
const element = document.getElementById('root');
if (element === null) throw new Error('index.html has no #root');
const root = createRoot(element);

if (window.location.pathname === SIGNED_OUT) root.render(<SignedOut />);
else start(root).catch((error: unknown) => root.render(<StartFailed error={error} />));

async function start(target: Root): Promise<void> {
  const session = await signIn(await readSettings());
  if (session !== undefined) show(target, session);
}

function show(target: Root, session: Session): void {
  setCaller({ apiUrl: session.settings.apiUrl, token: session.token, onRefused: session.signIn });
  target.render(
    <StrictMode>
      <I18nProvider locale="en" messages={[messages]}>
        <QueryClientProvider client={queryClient}>
          <SessionContext value={session}>
            <RouterProvider router={router} />
          </SessionContext>
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
