/** Before the first test of a run: whoever needs one of the shared things can ask for it. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type { SharedName } from './shared.js';
import { SharedThings } from './shared-things.js';

/** Names of things that are made at once, with commas between them: a run of all tests will need them. */
const PREPARED = process.env.TUSKER_TEST_PREPARE ?? '';

/** A connection that is kept could be closed at the moment at which somebody asks again. */
const ONCE = { connection: 'close' };

/** Where the things are asked for. */
interface Office {
  readonly url: string;
  close(): Promise<void>;
}

/** Each project of a run is set up by itself, with modules of its own: they all find the same office here. */
const run = globalThis as { tuskerTestOffice?: Promise<Office>; tuskerTestProjects?: number };

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  run.tuskerTestOffice ??= openOffice();
  run.tuskerTestProjects = (run.tuskerTestProjects ?? 0) + 1;
  const office = await run.tuskerTestOffice;
  project.provide('shared', office.url);
  return async () => {
    run.tuskerTestProjects = (run.tuskerTestProjects ?? 1) - 1;
    if (run.tuskerTestProjects > 0) return;
    delete run.tuskerTestOffice;
    await office.close();
  };
}

async function openOffice(): Promise<Office> {
  const things = new SharedThings();
  const server = serverOf(things);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Who needs one that cannot be made is told so.
  for (const name of PREPARED.split(',').filter(Boolean)) things.get(name as SharedName).catch(() => {});
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await things.end();
    },
  };
}

function serverOf(things: SharedThings): Server {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    const name = pathname.slice(1);
    const answer = (status: number, text: string): unknown => response.writeHead(status, ONCE).end(text);
    if (!things.isOne(name)) return answer(404, 'there is no such thing');
    things.get(name, searchParams.get('worker') ?? '').then(
      (facts) => answer(200, JSON.stringify(facts)),
      (error: unknown) => answer(500, error instanceof Error ? error.message : String(error)),
    );
  });
  server.requestTimeout = 0;
  return server;
}
