/** Servers that say nothing while a connection is being made, as when packets are dropped: another try begins each second. */
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisClient } from '../../src/stores/redis/clients/redis-client.js';
import type { PlainRedis } from '../redis-ground/server.js';
import { startRedis } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import type { Library } from './libraries.js';
import { LIBRARIES } from './libraries.js';

let redis: PlainRedis;
beforeAll(async () => {
  redis = await startRedis();
});

/** How long a connection is kept waiting, in ms; `never`: it hears nothing at all. */
type Delay = number | 'never';

/** Stands before the server, and keeps new connections waiting. */
class Gate {
  /** Of the next connections; others pass at once. */
  delays: Delay[] = [];
  taken = 0;
  readonly #server: Server = createServer((socket) => this.#take(socket));
  readonly #sockets = new Set<Socket>();

  #take(socket: Socket): void {
    this.taken++;
    this.#keep(socket);
    const delay = this.delays.shift() ?? 0;
    // What it sends is read, so that its end is heard of.
    if (delay === 'never') socket.resume();
    else setTimeout(() => this.#pass(socket), delay);
  }

  #pass(socket: Socket): void {
    const onward = connect(redis.port, '127.0.0.1');
    this.#keep(onward);
    socket.pipe(onward).pipe(socket);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Connections that have not ended, on both sides. */
  get open(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of this.#sockets) socket.destroy();
      this.#server.close();
    });
    return (this.#server.address() as AddressInfo).port;
  }
}

/** A client whose own connection is there already. */
async function behind(gate: Gate, library: Library): Promise<RedisClient> {
  const user = await library.single(await gate.listen());
  await user.ping();
  const client = recogniseClient(user.client);
  onTestFinished(async () => {
    await client.close();
    await user.end();
  });
  return client;
}

const tried = LIBRARIES.filter(({ name }) => ['ioredis 6', 'redis 6'].includes(name));

describe.each(tried)('$name', (library) => {
  test('a connection whose first try hears nothing is there at the next try, and the first one ends', async () => {
    const gate = new Gate();
    const client = await behind(gate, library);
    const open = gate.open;
    gate.delays = ['never'];
    const began = performance.now();
    const connection = await client.connect('key');
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await connection.send(['PING'])).toBe('PONG');
    await until('only the new one is left', async () => gate.open === open + 2 || undefined, 3000);
    connection.destroy();
  });
});

describe.each(tried.slice(0, 1))('whatever the library', (library) => {
  test('a server far away is waited for: the first try is kept beside those that come after', async () => {
    const gate = new Gate();
    const client = await behind(gate, library);
    gate.delays = [3500, ...Array<Delay>(10).fill('never')];
    const before = gate.taken;
    const connection = await client.connect('key');
    expect(await connection.send(['PING'])).toBe('PONG');
    const tries = gate.taken - before;
    expect(tries).toBeGreaterThanOrEqual(3);
    expect(tries).toBeLessThan(10);
    connection.destroy();
  });

  test('no more than three tries are under way at once, and none when the adapter is closed', async () => {
    const gate = new Gate();
    const client = await behind(gate, library);
    const open = gate.open;
    gate.delays = Array<Delay>(20).fill('never');
    const before = gate.taken;
    const connecting = client.connect('key').then(
      () => 'connected',
      () => 'refused',
    );
    await until('the sixth try', async () => gate.taken - before >= 6 || undefined);
    // One may be just ending.
    expect(gate.open - open).toBeLessThanOrEqual(4);
    await client.close();
    expect(await connecting).toBe('refused');
    await until('none is left', async () => gate.open === open || undefined);
  });
});
