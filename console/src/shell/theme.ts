// Light or dark: as the system has it, until somebody chooses.
export type Theme = 'light' | 'dark';

const KEY = 'tenure-theme';
/** By which Cloudscape tells. */
const DARK_CLASS = 'awsui-dark-mode';

export function preferredTheme(): Theme {
  const chosen = window.localStorage.getItem(KEY);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyTheme(theme: Theme): void {
  document.body.classList.toggle(DARK_CLASS, theme === 'dark');
  document.documentElement.dataset['theme'] = theme;
}

export function chooseTheme(theme: Theme): void {
  window.localStorage.setItem(KEY, theme);
  applyTheme(theme);
}
