import '@preact/signals';
import { html, render } from 'htm/preact';
import { startClock } from './clock.js';
import { startRouting } from './route.js';
import { loadSession, logIn } from './session.js';
import { Shell } from './shell.js';
import { startShortcuts } from './shortcuts.js';
import { startTheme } from './theme.js';

/** The address that the command line prints has the token behind `#`, which no server and no log ever gets. */
async function begin(): Promise<void> {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (token === undefined) return loadSession();
  history.replaceState(null, '', location.pathname + location.search);
  await logIn(decodeURIComponent(token)).catch(loadSession);
}

startTheme();
startClock();
startRouting();
startShortcuts();
const root = document.getElementById('app');
if (root) render(html`<${Shell} />`, root);
void begin();
