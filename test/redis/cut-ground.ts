/** A server behind a proxy that cuts, and one namespace seen from both sides of it. */
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { FunctionName } from '../../src/stores/redis/functions.js';
import type { RedisStoreOptions } from '../../src/stores/redis/index.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History, ManualClock } from '../../src/testing/index.js';
import type { Library, UserClient } from '../redis-clients/libraries.js';
import type { Fault, ProxiedCommand, RedisProxy } from '../redis-ground/proxy.js';
import { startProxy } from '../redis-ground/proxy.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';

let namespaces = 0;

export class CutGround {
  private constructor(
    readonly server: RedisServer,
    readonly proxy: RedisProxy,
    /** Goes through the proxy. */
    private readonly user: UserClient,
    /** Goes straight to the server. */
    private readonly observer: UserClient,
  ) {}

  static async open(library: Library): Promise<CutGround> {
    const server = await startServer();
    const proxy = await startProxy(server);
    return new CutGround(server, proxy, await library.single(proxy.port), await library.single(server.port));
  }

  /** One namespace from both sides, with a clock that both share. */
  both(options: RedisStoreOptions = {}): BothSides {
    const clock = new ManualClock();
    const namespace = `cut ${namespaces++}`;
    const history = ({ client }: UserClient): History => {
      const store = storeOver(recogniseClient(client), { ...options, clock, namespace });
      return new History({ store, advance: async (ms) => clock.advance(ms), dispose: () => store.close() });
    };
    return { cut: history(this.user), direct: history(this.observer) };
  }

  async close(): Promise<void> {
    await this.user.end();
    await this.observer.end();
    await this.proxy.stop();
    await this.server.stop();
  }
}

export interface BothSides {
  /** Its connections are cut. */
  readonly cut: History;
  readonly direct: History;
}

/** Says of a command whether it calls the function. */
export function calls(work: FunctionName): (command: ProxiedCommand) => boolean {
  return ({ name, words }) => name === 'FCALL' && words[1] === work;
}

/** The next call of the function through the proxy meets the fault. Resolves when it has. */
export function strike(proxy: RedisProxy, fault: Fault, work: FunctionName): Promise<ProxiedCommand> {
  return proxy.next(fault, calls(work));
}
