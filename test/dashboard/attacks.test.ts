import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dashboard, serveDashboard } from '../../src/dashboard/index.js';
import type { TaskAnswer } from '../../src/dashboard/wire.js';
import type { Tusker } from '../../src/index.js';
import { inMemory } from '../tuskers.js';
import { Asking, HOST } from './asking.js';

const TOKEN = 'correct horse battery staple';
let tusker: Tusker;
let asking: Asking;
const handlers: { stop(): void }[] = [];

function make(options: Omit<Parameters<typeof dashboard>[0], 'tusker'> = {}): Asking {
  const made = new Asking({ tusker, ...options });
  handlers.push(made.handler);
  return made;
}

beforeEach(() => {
  tusker = inMemory().namespace('songs') as Tusker;
  asking = make({ readOnly: false });
});
afterEach(() => {
  for (const handler of handlers.splice(0)) handler.stop();
  vi.useRealTimers();
});

const EVERYTHING = [
  '/api/session',
  '/api/overview?namespace=songs',
  '/api/tasks?namespace=songs',
  '/api/stream?of=overview&namespace=songs',
  '/api/nothing',
];

describe('a page of another site that has this address by its own name (DNS rebinding)', () => {
  test.each(EVERYTHING)('is refused at %s', async (path) => {
    expect(await asking.refusal(asking.raw(path, {}, 'http://evil.example:8875'))).toEqual({
      status: 421,
      code: 'HOST_REFUSED',
    });
  });

  test.each(['localhost.evil.example', 'evil-localhost', '127.0.0.1.nip.io', '0.0.0.0', '10.0.0.7', '[::2]'])(
    'is refused as %s',
    async (host) => {
      expect(await asking.refusal(asking.raw('/api/session', {}, `http://${host}:8875`))).toMatchObject({
        status: 421,
      });
    },
  );

  test('is refused by the Host header, whatever the target of the request says', async () => {
    const request = asking.raw('/api/session', { headers: { host: 'evil.example' } });
    expect(await asking.refusal(request)).toMatchObject({ code: 'HOST_REFUSED' });
  });

  test.each(['localhost:1', '127.0.0.1:8875', '[::1]:8875', 'LOCALHOST'])(
    'this machine itself comes as %s',
    async (host) => {
      expect((await asking.raw('/api/session', {}, `http://${host}`)).status).toBe(200);
    },
  );
});

describe('a page of another site', () => {
  const foreign = ['https://evil.example', 'http://localhost:3000', 'http://127.0.0.1:8875', 'null'];

  test.each(foreign)('from %s cannot change anything', async (origin) => {
    await tusker.open('song');
    const { row } = await asking.get<TaskAnswer>('task', { task: 'song' });
    const body = { action: 'cancel', targets: [{ task: 'song', incarnation: row.incarnation }] };
    expect(await asking.refusal(asking.change(body, { origin }))).toEqual({ status: 403, code: 'ORIGIN_REFUSED' });
    expect((await tusker.explain('song')).state).toBe('open');
  });

  test.each(foreign)('from %s can neither read nor hold a stream', async (origin) => {
    for (const path of EVERYTHING) {
      expect(await asking.refusal(asking.raw(path, { headers: { origin } }))).toMatchObject({ code: 'ORIGIN_REFUSED' });
    }
  });

  test.each(['cross-site', 'same-site'])('is known by what the browser says of it: %s', async (site) => {
    const request = asking.raw('/api/stream?of=overview&namespace=songs', { headers: { 'sec-fetch-site': site } });
    expect(await asking.refusal(request)).toMatchObject({ status: 403, code: 'ORIGIN_REFUSED' });
  });
});

describe('a change', () => {
  const cancel = async () => {
    await tusker.open('song');
    const { row } = await asking.get<TaskAnswer>('task', { task: 'song' });
    return { namespace: 'songs', action: 'cancel', targets: [{ task: 'song', incarnation: row.incarnation }] };
  };
  const send = async (body: object, drop: string, instead?: string) => {
    const headers = await asking.changing();
    delete headers[drop];
    if (instead !== undefined) headers[drop] = instead;
    return asking.refusal(asking.raw('/api/change', { method: 'POST', headers, body: JSON.stringify(body) }));
  };

  test('without an Origin is refused', async () => {
    expect(await send(await cancel(), 'origin')).toEqual({ status: 403, code: 'ORIGIN_REFUSED' });
  });

  test.each([
    ['no token', undefined],
    ['an empty token', ''],
    ['a guess', 'guess'],
    ['a long guess', 'x'.repeat(5000)],
  ])('with %s is refused', async (_, token) => {
    expect(await send(await cancel(), 'x-tusker-csrf', token)).toEqual({ status: 403, code: 'CSRF_REFUSED' });
    expect((await tusker.explain('song')).state).toBe('open');
  });

  test('with the token of another dashboard is refused', async () => {
    const other = make({ readOnly: false });
    const token = (await other.changing())['x-tusker-csrf'] ?? '';
    expect(await send(await cancel(), 'x-tusker-csrf', token)).toMatchObject({ code: 'CSRF_REFUSED' });
  });

  test('in the form that any page may send is refused', async () => {
    expect(await send(await cancel(), 'content-type', 'text/plain')).toMatchObject({ status: 415 });
  });

  test('by a link is refused', async () => {
    expect(await asking.refusal(asking.raw('/api/change'))).toEqual({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  });

  test('is refused unless the dashboard was made to change', async () => {
    const body = await cancel();
    const reading = make();
    expect(await reading.get('session')).toMatchObject({ readOnly: true });
    expect(await reading.refusal(reading.change(body))).toEqual({ status: 403, code: 'READ_ONLY' });
    expect((await tusker.explain('song')).state).toBe('open');
  });
});

describe('every answer', () => {
  test.each(['/api/session', '/api/nothing', '/api/change', '/nowhere', '/api/stream?of=overview&namespace=songs'])(
    'at %s forbids what a page needs not',
    async (path) => {
      const { headers, body } = await asking.raw(path);
      await body?.cancel();
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|data:|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test('keeps the fencing tokens of locks and claims', async () => {
    const lock = await tusker.lock('song', 1);
    await tusker.lock('other', 1);
    await lock.unlock({});
    await tusker.close('song');
    const claim = await tusker.fetchReleased({ timeout: 20_000 });
    const said: string[] = [];
    for (const path of ['overview?', 'tasks?', 'task?task=song&', 'units?task=song&', 'unit?task=song&unit=1&'])
      said.push(await (await asking.raw(`/api/${path}namespace=songs`)).text());
    const text = said.join();
    expect(text).toContain('"song"');
    expect(text).not.toContain(String(claim?.token));
    expect(text).not.toContain(String(lock.token));
    expect(text).not.toContain('"token"');
  });

  test('with a payload is a file, whatever the payload looks like', async () => {
    await tusker.close('song', { info: '<script>alert(1)</script>' });
    const { headers } = await asking.raw('/api/payload?namespace=songs&task=song&part=info');
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
  });

  test('to a failure of the program tells nothing of its insides', async () => {
    const broken = Object.assign(Object.create(tusker), { explain: () => Promise.reject(new Error('secret path')) });
    Object.defineProperty(broken, 'name', { value: 'songs' });
    const answer = new Asking({ tusker: broken });
    handlers.push(answer.handler);
    await tusker.open('song');
    const response = await answer.raw('/api/task?namespace=songs&task=song');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('path tricks find nothing', () => {
  test.each([
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/....//package.json',
    '/assets/..\\..\\package.json',
    '/assets//etc/passwd',
    '/assets/app.js/',
    '/assets/app.js%00.svg',
    '/assets/__proto__',
    '/assets/constructor',
    '/api/__proto__',
    '/api/constructor',
    '/api/toString',
    '/api/../api/session/',
    '/etc/passwd',
    '//evil.example/api/session',
    '/tasks/',
  ])('%s', async (path) => {
    expect(await asking.refusal(asking.raw(path))).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  test.each(['/', '/api/session', '/opsx/api/session', '/ops/../api/session', '/ops%2fapi/session'])(
    'outside of the base path: %s',
    async (path) => {
      expect(await make({ basePath: '/ops' }).raw(path)).toMatchObject({ status: 404 });
    },
  );

  test('a namespace that is not shown', async () => {
    const request = asking.raw('/api/overview?namespace=films');
    expect(await asking.refusal(request)).toEqual({ status: 404, code: 'NAMESPACE_NOT_FOUND' });
  });
});

describe('input beyond its bounds is refused by name', () => {
  const refused = async (path: string) => {
    const response = await asking.raw(`/api/${path}&namespace=songs`);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return { status: response.status, ...error };
  };

  test.each([
    ['task?task=', 'task'],
    [`task?task=${'x'.repeat(513)}`, 'task'],
    [`task?task=${encodeURIComponent('é'.repeat(257))}`, 'task'],
    ['unit?task=a&unit=', 'unit'],
    [`tasks?q=${'x'.repeat(201)}`, 'q'],
    [`tasks?cursor=${'x'.repeat(201)}`, 'cursor'],
    ['tasks?cursor=nonsense', 'cursor'],
    ['tasks?cursor=secret~0~1:1', 'cursor'],
    ['tasks?limit=0', 'limit'],
    ['tasks?limit=201', 'limit'],
    ['tasks?limit=1e9', 'limit'],
    ['tasks?state=all', 'state'],
    ['tasks?state=__proto__', 'state'],
    ['overview?range=1y', 'range'],
    ['preview?action=delete', 'action'],
    ['preview?action=constructor', 'action'],
    ['payload?task=a&part=options', 'part'],
    ['stream?of=everything', 'of'],
  ])('%s', async (path, argument) => {
    expect(await refused(path)).toMatchObject({
      status: 400,
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(new RegExp(`^${argument} is not what it must be`)),
    });
  });

  test('a target as long as a book', async () => {
    const request = asking.raw(`/api/tasks?namespace=songs&q=${'x'.repeat(9000)}`);
    expect(await asking.refusal(request)).toEqual({ status: 414, code: 'URL_TOO_LONG' });
  });

  test.each([
    ['no object', '[]'],
    ['no JSON', '{'],
    ['brackets without end', '['.repeat(500_000)],
    ['no targets', '{"namespace":"songs","action":"cancel"}'],
    ['an empty list', '{"namespace":"songs","action":"cancel","targets":[]}'],
    [
      'too many',
      JSON.stringify({
        namespace: 'songs',
        action: 'cancel',
        targets: Array(1001).fill({ task: 'a', incarnation: 1 }),
      }),
    ],
    ['half a character', '{"namespace":"songs","action":"cancel","targets":[{"task":"\\ud800","incarnation":1}]}'],
    ['an action from elsewhere', '{"namespace":"songs","action":"__proto__","targets":[{"task":"a","incarnation":1}]}'],
    ['no incarnation', '{"namespace":"songs","action":"cancel","targets":[{"task":"a"}]}'],
  ])('a body that is wrong: %s', async (_, body) => {
    const request = asking.raw('/api/change', { method: 'POST', headers: await asking.changing(), body });
    expect(await asking.refusal(request)).toEqual({ status: 400, code: 'INVALID_ARGUMENT' });
  });

  test('a body without end is read no further than its limit', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: await asking.changing(),
      body,
      duplex: 'half',
    };
    expect(await asking.refusal(asking.raw('/api/change', init))).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect(sent).toBeLessThan(2_000_000);
  });
});

describe('with a token', () => {
  const logIn = (at: Asking, token: unknown) =>
    at.raw('/api/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: HOST },
      body: JSON.stringify({ token }),
    });
  const session = (cookie: string) => ({ headers: { cookie } });

  test.each(EVERYTHING)('nobody else gets %s', async (path) => {
    const guarded = make({ token: TOKEN });
    expect(await guarded.refusal(guarded.raw(path))).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('a login gives a session that no script reads and no other site sends', async () => {
    const guarded = make({ token: TOKEN, basePath: '/ops' });
    const response = await guarded.raw('/ops/api/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN }),
    });
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^tusker_dashboard=[\w.-]+; Path=\/ops; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    expect((await guarded.raw('/ops/api/session', session(cookie.split(';')[0] ?? ''))).status).toBe(200);
  });

  test.each(['', 'wrong', `${TOKEN} `, TOKEN.slice(0, -1), null, { toString: 1 }, [TOKEN]])(
    '%j opens nothing',
    async (token) => {
      const guarded = make({ token: TOKEN });
      expect((await logIn(guarded, token)).status).toBe(401);
      const headers = { authorization: `Bearer ${JSON.stringify(token)}` };
      expect((await guarded.raw('/api/session', { headers })).status).toBe(401);
    },
  );

  test('programs may send it as a bearer', async () => {
    const guarded = make({ token: TOKEN });
    expect((await guarded.raw('/api/session', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  });

  test('guessing ends after twenty tries, also for the right one, until a minute has passed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const guarded = make({ token: TOKEN });
    for (let tries = 0; tries < 20; tries++) expect((await logIn(guarded, `guess ${tries}`)).status).toBe(401);
    expect(await guarded.refusal(logIn(guarded, TOKEN))).toEqual({ status: 429, code: 'TOO_MANY_TRIES' });
    vi.setSystemTime(Date.now() + 61_000);
    expect((await logIn(guarded, TOKEN)).status).toBe(200);
  });

  test('a session ends by itself, and cannot be made longer or made up', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const guarded = make({ token: TOKEN });
    const cookie = (await logIn(guarded, TOKEN)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const status = async (value: string) => (await guarded.raw('/api/session', session(value))).status;
    expect(await status(cookie)).toBe(200);
    expect(await status(cookie.replace(/=\d+/, `=${Date.now() + 10 ** 10}`))).toBe(401);
    expect(await status(`tusker_dashboard=${Date.now() + 1000}.`)).toBe(401);
    vi.setSystemTime(Date.now() + 12 * 3_600_000 + 1);
    expect(await status(cookie)).toBe(401);
  });

  test('logging in from another site is refused', async () => {
    const guarded = make({ token: TOKEN });
    const headers = { 'content-type': 'application/json', origin: 'https://evil.example' };
    const request = guarded.raw('/api/login', { method: 'POST', headers, body: JSON.stringify({ token: TOKEN }) });
    expect(await guarded.refusal(request)).toMatchObject({ code: 'ORIGIN_REFUSED' });
  });
});

describe('without authentication it does not leave this machine', () => {
  test.each(['0.0.0.0', '::', '192.168.1.7', 'example.com'])('a server on %s is refused', async (host) => {
    await expect(serveDashboard({ tusker, host, port: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'options.host',
    });
  });

  test('other host names are refused', () => {
    expect(() => dashboard({ tusker, hosts: ['ops.example.com'] })).toThrow('options.hosts');
  });

  test('a token too short to be one is refused, and not told', () => {
    expect(() => dashboard({ tusker, token: 'short secret' })).toThrow(/options\.token is "12 characters"/);
  });

  test('the check of an application stands before everything', async () => {
    const guarded = make({
      authorize: (request) => request.headers.get('cookie') === 'admin',
      hosts: ['ops.example.com'],
    });
    for (const path of ['/', '/assets/app.js', ...EVERYTHING]) {
      expect(await guarded.refusal(guarded.raw(path, {}, 'https://ops.example.com'))).toEqual({
        status: 401,
        code: 'UNAUTHORIZED',
      });
    }
    const known = await guarded.raw('/api/session', { headers: { cookie: 'admin' } }, 'https://ops.example.com');
    expect(known.status).toBe(200);
  });

  test.each([
    ['a check that fails', () => Promise.reject(new Error('the database is away')), 500],
    ['a check that says something else than yes', (() => 'yes') as never, 401],
  ])('%s lets nobody in', async (_, authorize, status) => {
    expect((await make({ authorize }).raw('/api/session')).status).toBe(status);
  });

  test.each([
    [{ basePath: 'ops' }, 'options.basePath'],
    [{ basePath: '/"><script>' }, 'options.basePath'],
    [{ basePath: '/../x' }, 'options.basePath'],
    [{ maxStreams: 0 }, 'options.maxStreams'],
    [{ readonly: true }, 'options.readonly'],
    [{ hosts: ['localhost:80'] }, 'options.hosts'],
  ])('an option that is none: %j', (options, argument) => {
    expect(() => dashboard({ tusker, ...options })).toThrow(argument);
  });
});
