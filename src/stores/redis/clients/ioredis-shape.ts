/**
 * What the adapter uses of ioredis and iovalkey, described by shape: consumers need the types of neither, and several
 * copies of a package may be about.
 */
interface Emitter {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** Any client of the family: `Redis` (also over Sentinel) or `Cluster`. */
export interface IoredisLike extends Emitter {
  readonly isCluster: boolean;
  /** `wait` (lazy, not yet asked), `connecting`, `connect`, `ready`, `reconnecting`, `close`, `end` … */
  status: string;
  readonly options: object;
  call(command: string, args: (string | Buffer | number)[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(): void;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The options that matter to the adapter. All have other types or are missing in one version or another. */
export interface IoredisOptions {
  readonly keyPrefix?: string | null;
  readonly sentinels?: unknown;
  readonly path?: string | null;
  readonly tls?: unknown;
  readonly natMap?: Readonly<Record<string, Address>> | ((address: string) => Address | null | undefined);
  readonly redisOptions?: { readonly stringNumbers?: boolean; readonly replyMapping?: string };
  readonly host?: string;
  readonly port?: number;
}

export interface IoredisSingle extends IoredisLike {
  /** What the connection is set to now: the caller may have sent SELECT. */
  readonly condition?: { readonly select?: number } | null;
  readonly stream?: {
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
    destroy(): unknown;
    /** A stream of a connector of the user's own may have neither. */
    ref?(): unknown;
    unref?(): unknown;
  };
  duplicate(overrides: object): IoredisSingle;
}

export interface IoredisCluster extends IoredisLike {
  /** For each slot the `host:port` of its master, then of its replicas. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** Where it begins. */
  readonly startupNodes?: unknown;
  nodes(role: 'master'): IoredisSingle[];
  refreshSlotsCache(callback: (error?: Error) => void): void;
  duplicate(startupNodes: [], overrides: object): IoredisCluster;
}

export function optionsOf(client: IoredisLike): IoredisOptions {
  return client.options as IoredisOptions;
}

/** Under these options the library takes numbers of slots for text, or does not find them. */
export function bendsSlots(client: IoredisCluster): boolean {
  const { redisOptions } = optionsOf(client);
  return redisOptions?.stringNumbers === true || redisOptions?.replyMapping === 'resp3';
}

/**
 * For a client that is ours to close: the library waits so long for the end of its stream, in ms, also when that has ended
 * already, and keeps the process alive meanwhile. Whoever closes it waits for nothing any more.
 */
export const ENDS_AT_ONCE = { disconnectTimeout: 0 };

/** Overrides for a client whose replies have the shapes of RESP2. */
export const PLAIN_REPLIES = { stringNumbers: false, protocol: 2, replyMapping: 'legacy', himportFieldsets: undefined };
