/** Before the first test of a run: whoever needs one of the shared things can ask for it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type { SharedName } from './shared.js';
import { SharedThings } from './shared-things.js';

/** Names of things that are made at once, with commas between them: a run of all tests will need them. */
const PREPARED = process.env.TUSKER_TEST_PREPARE ?? '';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const things = new SharedThings();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    const name = pathname.slice(1);
    const answer = (status: number, text: string): unknown => response.writeHead(status).end(text);
    if (!things.isOne(name)) return answer(404, 'there is no such thing');
    things.get(name, searchParams.get('worker') ?? '').then(
      (facts) => answer(200, JSON.stringify(facts)),
      (error: unknown) => answer(500, error instanceof Error ? error.message : String(error)),
    );
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide('shared', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  // Who needs one that cannot be made is told so.
  for (const name of PREPARED.split(',').filter(Boolean)) things.get(name as SharedName).catch(() => {});
  return async () => {
    server.closeAllConnections();
    server.close();
    await things.end();
  };
}
