import { ConnectionError, UnsupportedServerError } from '../../../core/errors.js';
import type { IoredisModule, NodeRedisModule, Opened } from './own-client.js';
import { openIoredis, openNodeRedis } from './own-client.js';
import { placeBehind, placeOf } from './place.js';
import type { RedisClient, RedisConnection } from './redis-client.js';
import type { RedisAddress } from './redis-url.js';
import { parseRedisUrl } from './redis-url.js';

/**
 * A client for a `redis:` or `rediss:` URL, made with whichever of ioredis, iovalkey and redis is installed, in this
 * order. Nothing is loaded or connected before the first call. A server that cannot be reached refuses calls, it does
 * not queue them; the client connects again by itself. redis-url.ts says which URLs are allowed.
 *
 * @throws InvalidArgumentError at once for a bad URL, without showing its password; calls reject with
 * UnsupportedServerError when no library is installed
 */
export function openUrl(url: string): RedisClient {
  return new UrlClient(parseRedisUrl(url));
}

/** A client that is made at its first use. */
class UrlClient implements RedisClient {
  readonly isCluster: boolean;
  readonly #address: RedisAddress;
  #opening: Promise<Opened> | undefined;
  #client: RedisClient | undefined;
  #library = 'none yet';
  #isClosed = false;

  constructor(address: RedisAddress) {
    this.#address = address;
    this.isCluster = address.isCluster;
  }

  get library(): string {
    return this.#library;
  }

  serverOf(key: string, redirection?: string): string | Promise<string> {
    if (!this.isCluster) return '';
    return (
      this.#client?.serverOf(key, redirection) ?? this.#opened().then(({ client }) => client.serverOf(key, redirection))
    );
  }

  placeName(server?: string): string {
    if (this.#client) return this.#client.placeName(server);
    const { host, port } = this.#address;
    return (this.isCluster ? placeBehind('the Redis Cluster of', [{ host, port }]) : placeOf({ host, port })).name;
  }

  async masters(): Promise<readonly string[]> {
    const { client } = await this.#opened();
    return client.masters();
  }

  async lookAgain(key: string): Promise<void> {
    await this.#client?.lookAgain(key);
  }

  async connect(key: string, server?: string): Promise<RedisConnection> {
    const { client } = await this.#opened();
    return client.connect(key, server);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await this.#opening?.catch(() => undefined);
    if (!opened) return;
    await opened.client.close();
    opened.end();
  }

  async #opened(): Promise<Opened> {
    if (this.#isClosed) throw new ConnectionError('The connection was closed.');
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<Opened> {
    try {
      const opened = await openWithInstalled(this.#address);
      this.#library = opened.library;
      this.#client = opened.client;
      return opened;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

const INSTALL = 'npm install ioredis';

async function openWithInstalled(address: RedisAddress): Promise<Opened> {
  for (const name of ['ioredis', 'iovalkey']) {
    const library = await installed<IoredisModule>(name);
    if (library) return openIoredis(library, name, address);
  }
  const library = await installed<NodeRedisModule>('redis');
  if (library) return openNodeRedis(library, address);
  throw new UnsupportedServerError(
    `A redis: URL needs a client library, and none of ioredis, iovalkey and redis is installed: ${INSTALL}`,
  );
}

/** By a name that bundlers and the compiler do not follow: none of the libraries must be there. */
async function installed<Module>(name: string): Promise<Module | undefined> {
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as Module;
  } catch (error) {
    if (isAbsent(error, name)) return undefined;
    throw error;
  }
}

/** Not there at all; one that lacks a part of its own is broken, and says so. */
function isAbsent(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
    error.message.includes(`'${name}'`)
  );
}
