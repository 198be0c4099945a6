import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { RefusedError } from './api.js';
import { logIn } from './session.js';

export function LoginPage() {
  const [token, setToken] = useState('');
  const [trouble, setTrouble] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await logIn(token);
    } catch (error) {
      setTrouble(error instanceof RefusedError ? error.message : String(error));
    }
  };
  return html`<main class="login" id="main">
    <form class="panel" onSubmit=${submit}>
      <h1>tusker</h1>
      <label class="labelled">Token
        <input class="field" type="password" name="token" autocomplete="current-password" value=${token}
          onInput=${(event: Event) => setToken((event.target as HTMLInputElement).value)} />
      </label>
      ${trouble !== '' && html`<p class="trouble" role="alert">${trouble}</p>`}
      <button type="submit" class="button prime">Log in</button>
      <p class="soft">It is the one that this dashboard was started with.</p>
    </form>
  </main>`;
}
