import { Agent, get } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { serveDashboard } from '../../src/dashboard/index.js';
import type { Tusker } from '../../src/index.js';
import { inMemory, until } from '../tuskers.js';

/** Opens 100 streams that nobody reads, then asks for more, up to `streams`. */
export async function holdsAsManyAsAllowed(streams: number): Promise<void> {
  const tusker = inMemory().namespace('songs') as Tusker;
  await using served = await serveDashboard({ tusker, port: 0, maxStreams: 100 });
  const path = '/api/stream?of=overview&namespace=songs';
  const sockets: Socket[] = [];
  let accepted = 0;
  for (let count = 0; count < 100; count++) {
    const socket = connect(served.port, '127.0.0.1');
    socket.once('data', () => {
      accepted++;
      socket.pause(); // from here on it does not read
    });
    socket.on('error', () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    sockets.push(socket);
  }
  await until('the streams are open', () => accepted === 100);
  const before = process.memoryUsage().heapUsed;
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const statuses = new Map<number, number>();
  const ask = (what: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = get(
        { host: '127.0.0.1', port: served.port, path: what, agent, headers: { host: 'localhost' } },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        },
      );
      request.on('error', reject);
    });
  for (let batch = 0; batch < streams / 100 - 1; batch++) {
    for (const status of await Promise.all(Array.from({ length: 100 }, () => ask(path)))) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  expect([...statuses]).toEqual([[503, streams - 100]]);
  expect(await ask('/api/overview?namespace=songs')).toBe(200);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
  agent.destroy();
  for (const socket of sockets) socket.destroy();
  await sleep(0);
}
