import { Assets } from './assets.js';
import { change, preview } from './changes.js';
import { Gate } from './gate.js';
import { checkChange, checkHost, checkSite } from './guard.js';
import { bodyOf, changeOf, MAX_URL, Query } from './inputs.js';
import type { Watched } from './namespaces.js';
import { Namespaces } from './namespaces.js';
import type { ResolvedOptions } from './options.js';
import { overview } from './overview.js';
import { Refusal, refusalOf } from './refusal.js';
import { json, polled, refuse, respond } from './responses.js';
import { payload, task, unit } from './task.js';
import { tasks } from './tasks.js';
import { Topics } from './topics.js';
import { units } from './units.js';
import type { SessionAnswer } from './wire.js';

const ROWS = 50;
const MAX_ROWS = 200;
/** The paths that people see: the program in the document tells them apart. */
const PAGES: readonly string[] = ['', '/', '/tasks', '/task'];

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly query: Query;
}

/** The dashboard as a site: a request comes in, passes the checks, and finds its answer by its exact path. */
export class Site {
  readonly #options: ResolvedOptions;
  readonly #gate: Gate;
  readonly #namespaces: Namespaces;
  readonly #topics: Topics;
  readonly #assets = new Assets();

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#gate = new Gate(options);
    this.#namespaces = new Namespaces(options.namespaces);
    this.#topics = new Topics(options.maxStreams);
  }

  /** Never rejects. */
  async answer(request: Request): Promise<Response> {
    try {
      return await this.#route(request);
    } catch (error) {
      return refuse(refusalOf(error));
    }
  }

  /** Ends the event streams and the reading of events. */
  stop(): void {
    this.#topics.stop();
    this.#namespaces.stop();
  }

  async #route(request: Request): Promise<Response> {
    checkHost(request, this.#options.hosts);
    if (request.url.length > MAX_URL) throw new Refusal(414, 'URL_TOO_LONG', `At most ${MAX_URL} characters.`);
    await this.#gate.checkAuthorized(request);
    const url = new URL(request.url);
    const path = this.#pathOf(url);
    const asked = { request, url, query: new Query(url.searchParams) };
    if (path.startsWith('/api/')) return this.#api(path.slice('/api/'.length), asked);
    if (PAGES.includes(path)) return this.#looking(request, () => this.#assets.document(this.#options.basePath));
    const asset = path.startsWith('/assets/') && path.slice('/assets/'.length);
    return this.#looking(request, () => (asset ? this.#assets.response(asset, request, url) : undefined) ?? notFound());
  }

  /** Behind the base path; another path is none of this site. */
  #pathOf({ pathname }: URL): string {
    const { basePath } = this.#options;
    if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return notFound();
    return pathname.slice(basePath.length);
  }

  #looking(request: Request, look: () => Response): Response {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw wrongMethod('GET, HEAD');
    return look();
  }

  async #api(name: string, asked: Asked): Promise<Response> {
    const { request } = asked;
    checkSite(request);
    if (name === 'login' || name === 'logout') return this.#session(name, asked);
    this.#gate.checkLoggedIn(request);
    if (name === 'change') return this.#change(request);
    const look = Object.hasOwn(this.#looks, name) ? this.#looks[name] : undefined;
    if (!look) return notFound();
    if (request.method !== 'GET') throw wrongMethod('GET');
    return look(asked);
  }

  readonly #looks: Readonly<Record<string, (asked: Asked) => Response | Promise<Response>>> = {
    session: () => json(this.#sessionAnswer()),
    overview: async ({ request, query }) => polled(request, await overview(this.#watched(query), query.range)),
    tasks: async ({ request, query }) => polled(request, await tasks(this.#watched(query), tasksQuery(query))),
    task: async ({ request, query }) => polled(request, await task(this.#watched(query), query.name('task'))),
    units: async ({ request, query }) => polled(request, await units(this.#watched(query), query.name('task'))),
    unit: async ({ query }) => json(await unit(this.#watched(query), query.name('task'), query.name('unit'))),
    payload: async ({ query }) =>
      download(await payload(this.#watched(query), query.name('task'), query.part), query.part),
    preview: async ({ query }) =>
      json(await preview(this.#watched(query), { action: query.action, ...tasksQuery(query) })),
    stream: ({ url, query }) => this.#stream(url, query),
  };

  #watched(query: Query): Watched {
    return this.#namespaces.get(query.name('namespace'));
  }

  #sessionAnswer(): SessionAnswer {
    const { readOnly } = this.#options;
    const { csrf, hasLogin } = this.#gate;
    return { namespaces: this.#namespaces.names, readOnly, csrf, canLogOut: hasLogin };
  }

  async #session(name: 'login' | 'logout', { request, url }: Asked): Promise<Response> {
    if (request.method !== 'POST') throw wrongMethod('POST');
    const isSecure = url.protocol === 'https:';
    // Logging in carries the secret itself, so that nothing else need be carried.
    const cookie =
      name === 'logout' ? this.#gate.logOut(isSecure) : this.#gate.logIn((await bodyOf(request)).token, isSecure);
    return json({}, 200, { 'set-cookie': cookie });
  }

  async #change(request: Request): Promise<Response> {
    if (request.method !== 'POST') throw wrongMethod('POST');
    checkChange(request, this.#gate.csrf);
    if (this.#options.readOnly) {
      throw new Refusal(403, 'READ_ONLY', 'This dashboard only looks: the option `readOnly: false` lets it change.');
    }
    const body = changeOf(await bodyOf(request));
    return json(await change(this.#namespaces.get(body.namespace), body));
  }

  #stream(url: URL, query: Query): Response {
    const watched = this.#watched(query);
    const look = lookOf(watched, query);
    const body = this.#topics.subscribe(url.search, look, (wake) => watched.activity.listen(wake));
    return respond(200, 'text/event-stream; charset=utf-8', body, { 'x-accel-buffering': 'no' });
  }
}

/** What a stream looks at: the same answers that can be asked for one by one. Its parameters are checked now. */
function lookOf(watched: Watched, query: Query): () => Promise<{ readonly now: number }> {
  switch (query.topic) {
    case 'overview': {
      const { range } = query;
      return () => overview(watched, range);
    }
    case 'tasks': {
      const asked = { ...tasksQuery(query), search: '' };
      return () => tasks(watched, asked);
    }
    case 'task': {
      const name = query.name('task');
      return () => task(watched, name);
    }
  }
}

function tasksQuery(query: Query) {
  const { shelf, search, cursor } = query;
  return { shelf, search, cursor, limit: query.limit(ROWS, MAX_ROWS) };
}

function download(text: string, part: string): Response {
  // As a file, so that no browser ever shows it as a page of this site.
  return respond(200, 'application/octet-stream', text, {
    'content-disposition': `attachment; filename="${part}.json"`,
  });
}

function notFound(): never {
  throw new Refusal(404, 'NOT_FOUND', 'There is nothing at this path.');
}

function wrongMethod(allowed: string): Refusal {
  return new Refusal(405, 'METHOD_NOT_ALLOWED', `Allowed here: ${allowed}.`, { allow: allowed });
}
