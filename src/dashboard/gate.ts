import { Refusal } from './refusal.js';
import { randomText, sameText, sealed } from './secrets.js';

/** How long a login lasts. */
const SESSION = 12 * 3_600_000;
/** So many wrong tokens a minute, then none is looked at for the rest of it. */
const MAX_FAILURES = 20;
const MINUTE = 60_000;
const COOKIE = 'tusker_dashboard';

export interface GateOptions {
  readonly token?: string | undefined;
  readonly authorize?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  readonly basePath: string;
}

/** Who may come in: everybody, those who know the token, or those whom the application lets in. */
export class Gate {
  /** What every change must carry. Several processes with one token have the same. */
  readonly csrf: string;
  readonly #options: GateOptions;
  #failures: number[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
    this.csrf = options.token === undefined ? randomText() : sealed(options.token, 'csrf');
  }

  get hasLogin(): boolean {
    return this.#options.token !== undefined;
  }

  /** The application's own check, which everything stands behind. */
  async checkAuthorized(request: Request): Promise<void> {
    const { authorize } = this.#options;
    if (authorize && (await authorize(request)) !== true) {
      throw new Refusal(401, 'UNAUTHORIZED', 'The application that this dashboard is part of does not let you in.');
    }
  }

  /** The token, as a session of a browser or in `Authorization: Bearer`. */
  checkLoggedIn(request: Request): void {
    const { token } = this.#options;
    if (token === undefined || hasSession(request, token)) return;
    const bearer = /^bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (bearer === undefined) throw new Refusal(401, 'UNAUTHENTICATED', 'Log in with the token of this dashboard.');
    this.#checkToken(bearer, token);
  }

  /** The cookie of a new session. */
  logIn(given: unknown, isSecure: boolean): string {
    const { token } = this.#options;
    if (token === undefined) throw new Refusal(404, 'NOT_FOUND', 'This dashboard has no login.');
    this.#checkToken(typeof given === 'string' ? given : '', token);
    const until = Date.now() + SESSION;
    return this.#cookie(`${until}.${sealed(token, `session ${until}`)}`, SESSION, isSecure);
  }

  logOut(isSecure: boolean): string {
    return this.#cookie('', 0, isSecure);
  }

  #checkToken(given: string, token: string): void {
    const now = Date.now();
    this.#failures = this.#failures.filter((at) => at > now - MINUTE);
    if (this.#failures.length >= MAX_FAILURES) {
      throw new Refusal(429, 'TOO_MANY_TRIES', 'Too many wrong tokens; wait a minute.', { 'retry-after': '60' });
    }
    if (sameText(given, token)) return;
    this.#failures.push(now);
    throw new Refusal(401, 'UNAUTHENTICATED', 'That is not the token of this dashboard.');
  }

  #cookie(value: string, lifetime: number, isSecure: boolean): string {
    const path = this.#options.basePath === '' ? '/' : this.#options.basePath;
    const secure = isSecure ? '; Secure' : '';
    return `${COOKIE}=${value}; Path=${path}; Max-Age=${lifetime / 1000}; HttpOnly; SameSite=Strict${secure}`;
  }
}

function hasSession(request: Request, token: string): boolean {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const [name, value = ''] = part.trim().split('=', 2);
    if (name !== COOKIE) continue;
    const [until = '', seal = ''] = value.split('.', 2);
    if (sameText(seal, sealed(token, `session ${until}`)) && Number(until) > Date.now()) return true;
  }
  return false;
}
