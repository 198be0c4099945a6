import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DashboardOptions } from '../../src/dashboard/index.js';
import type { ChangeAnswer, TaskAnswer } from '../../src/dashboard/wire.js';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import type { Built } from './build.js';
import { builtDashboard } from './build.js';

let built: Built;
beforeAll(async () => {
  built = await builtDashboard();
});

interface Mounted {
  readonly url: string;
  stop(): Promise<void>;
}
type Mount = (options: DashboardOptions) => Promise<Mounted>;

function listening(server: Server): Promise<Mounted> {
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new Promise((resolve) => {
    const tell = (): void => {
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ops`, stop });
    };
    if (server.listening) tell();
    else server.listen(0, '127.0.0.1', tell);
  });
}

const MOUNTS: Readonly<Record<string, Mount>> = {
  'node:http': async (options) => {
    const { dashboard, toNodeListener } = built.dashboard;
    return listening(createServer(toNodeListener(dashboard(options))));
  },
  Express: async (options) => {
    const { dashboard, toNodeListener } = built.dashboard;
    const app = express();
    app.use('/ops', toNodeListener(dashboard(options)));
    return listening(createServer(app));
  },
  'Express behind its body parser': async (options) => {
    const { dashboard, toNodeListener } = built.dashboard;
    const app = express();
    app.use(express.json());
    app.use('/ops', toNodeListener(dashboard(options)));
    return listening(createServer(app));
  },
  Fastify: async (options) => {
    const { dashboard, toNodeListener } = built.dashboard;
    const app = fastify();
    const listener = toNodeListener(dashboard(options));
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.all('/ops/*', (request, reply) => {
        reply.hijack();
        listener(request.raw, reply.raw);
      });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listening(app.server);
  },
  Hono: async (options) => {
    const handler = built.dashboard.dashboard(options);
    const app = new Hono();
    app.all('/ops/*', (context) => handler(context.req.raw));
    const server = await new Promise<Server>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started as Server));
    });
    return listening(server);
  },
};

describe.each(Object.entries(MOUNTS))('mounted in %s', (_, mount) => {
  let mounted: Mounted;
  const root = createTusker('memory:');
  const tusker = root.namespace('songs') as Tusker;
  beforeAll(async () => {
    mounted = await mount({ tusker, readOnly: false, basePath: '/ops' });
  });
  afterAll(async () => {
    await mounted.stop();
    await root.stop({ grace: 0 });
  });
  const ask = (path: string, init: RequestInit = {}) => fetch(`${mounted.url}${path}`, init);

  test('the document and what it loads come with their types', async () => {
    const document = await ask('/');
    expect(document.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const paths = [...(await document.text()).matchAll(/(?:src|href)="\/ops([^"]+)"/g)].map(([, path = '']) => path);
    const assets = await Promise.all(paths.map((path) => ask(path)));
    expect(assets.map(({ status, headers }) => [status, headers.get('content-type')?.split(';')[0]])).toEqual([
      [200, 'image/svg+xml'],
      [200, 'text/css'],
      [200, 'text/javascript'],
    ]);
    expect(assets[2]?.headers.get('cache-control')).toContain('immutable');
    for (const asset of assets) await asset.arrayBuffer();
  });

  test('a change arrives with its body', async () => {
    await tusker.open('song');
    const { csrf } = (await (await ask('/api/session')).json()) as { csrf: string };
    const { row } = (await (await ask('/api/task?namespace=songs&task=song')).json()) as TaskAnswer;
    const response = await ask('/api/change', {
      method: 'POST',
      headers: { origin: new URL(mounted.url).origin, 'x-tusker-csrf': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({
        namespace: 'songs',
        action: 'cancel',
        targets: [{ task: 'song', incarnation: row.incarnation }],
      }),
    });
    expect(((await response.json()) as ChangeAnswer).outcomes).toMatchObject([{ outcome: 'cancelled' }]);
    await tusker.remove('song');
  });

  test('a stream sends as things happen, and ends when the browser leaves', async () => {
    const stop = new AbortController();
    const response = await ask('/api/stream?of=tasks&namespace=songs&state=open', { signal: stop.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const read = async (what: string): Promise<void> => {
      while (!text.includes(what)) text += (await reader?.read())?.value ?? '';
    };
    await read('"tasks":[]');
    await tusker.open('live');
    await read('"task":"live"');
    stop.abort();
    await reader?.cancel().catch(() => {});
  });

  test('a name with every kind of character comes and goes', async () => {
    const name = 'a/b?c=d&e#f%2Fg\u0000\n"<b>ü😀';
    await tusker.open(name);
    const response = await ask(`/api/task?${new URLSearchParams({ namespace: 'songs', task: name })}`);
    expect(((await response.json()) as TaskAnswer).row.task).toBe(name);
  });

  test('a path outside of the mount is not the dashboard’s', async () => {
    const response = await fetch(mounted.url.replace('/ops', '/elsewhere'));
    expect(response.status).toBe(404);
  });
});

describe('a server of its own', () => {
  test('has only this machine’s names, and closes with its streams', async () => {
    const root = createTusker('memory:');
    const served = await built.dashboard.serveDashboard({ tusker: root as Tusker, port: 0 });
    expect(served.url).toBe(`http://127.0.0.1:${served.port}/`);
    const stream = await fetch(`${served.url}api/stream?of=overview&namespace=${root.name}`);
    expect(stream.status).toBe(200);
    await served.close();
    await expect(fetch(served.url)).rejects.toThrow();
    await stream.text().catch(() => {});
    await root.stop({ grace: 0 });
  });

  test('on all addresses needs a token, and then shows the login', async () => {
    const root = createTusker('memory:');
    const token = 'correct horse battery staple';
    const host = '0.0.0.0';
    await using served = await built.dashboard.serveDashboard({ tusker: root as Tusker, port: 0, host, token });
    expect((await fetch(`${served.url}`)).status).toBe(200);
    expect((await fetch(`${served.url}api/session`)).status).toBe(401);
    await root.stop({ grace: 0 });
  });

  test.each(['GET http://evil.example/ HTTP/1.1', 'GET * HTTP/1.1', 'GET //x HTTP/1.1', 'TRACE / HTTP/1.1'])(
    'answers a strange request with a refusal: %s',
    async (line) => {
      const { connect } = await import('node:net');
      const root = createTusker('memory:');
      await using served = await built.dashboard.serveDashboard({ tusker: root as Tusker, port: 0 });
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(served.port, '127.0.0.1');
        let text = '';
        socket.on('data', (part) => {
          text += part.toString();
        });
        socket.on('close', () => resolve(text));
        socket.on('error', reject);
        socket.write(`${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 (400|404|421) /);
      await root.stop({ grace: 0 });
    },
  );
});
