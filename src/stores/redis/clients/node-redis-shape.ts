/**
 * What the adapter uses of node-redis (the package `redis`) 5 and 6, described by shape: consumers need not have its
 * types, and several copies of the package may be about.
 */
import type { IoredisLike } from './ioredis-shape.js';

interface Emitter {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...args: unknown[]) => void): unknown;
}

interface Openable {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  destroy(): unknown;
}

export interface CommandOptions {
  readonly typeMapping?: object | undefined;
  readonly timeout?: number | undefined;
}

/** What `createClient` gives. */
export interface NodeRedisSingle extends Emitter, Openable {
  readonly isReady: boolean;
  readonly options?: object | undefined;
  sendCommand(args: readonly string[], options?: CommandOptions): Promise<unknown>;
  duplicate(overrides?: object): unknown;
  ref(): void;
  unref(): void;
}

/** What `createCluster` gives. */
export interface NodeRedisCluster extends Emitter, Openable {
  readonly slots: readonly ({ readonly master: NodeRedisNode } | undefined)[];
  readonly masters: readonly NodeRedisNode[];
  nodeClient(node: NodeRedisNode): unknown;
  readonly _options?: { readonly nodeAddressMap?: AddressMap; readonly rootNodes?: unknown };
}

/** A server of a Cluster. */
export interface NodeRedisNode {
  readonly address: string;
  readonly client?: NodeRedisSingle | undefined;
}

interface Socket {
  readonly host: string;
  readonly port: number;
}
type AddressMap = Readonly<Record<string, Socket>> | ((address: string) => Socket | undefined);

/** What `createSentinel` gives. */
export interface NodeRedisSentinel extends Emitter, Openable {
  readonly isReady: boolean;
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
  acquire(): Promise<unknown>;
  getMasterNode(): unknown;
}

export type NodeRedisLike = NodeRedisSingle | NodeRedisCluster | NodeRedisSentinel;

/** Every client that an adapter fits. */
export type RedisLike = IoredisLike | NodeRedisLike;

/** The options that matter to the adapter. */
export interface NodeRedisOptions {
  readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string; readonly tls?: unknown };
  readonly database?: number;
  readonly keyPrefix?: string | Buffer;
}

export function optionsOf(client: NodeRedisSingle): NodeRedisOptions {
  return client.options ?? {};
}

/** The prefix of keys, known since version 6. */
export function keyPrefixOf(client: NodeRedisLike): string {
  const { _keyPrefix: prefix } = client as { _keyPrefix?: string | Buffer };
  return String(prefix ?? '');
}

/**
 * Replies in the shapes of RESP2, whatever the client is set to, by the first byte of their kind: doubles and verbatim
 * text as strings, sets and maps as flat arrays.
 */
export const PLAIN_TYPES = {
  [','.charCodeAt(0)]: String,
  ['='.charCodeAt(0)]: String,
  ['~'.charCodeAt(0)]: Array,
  ['%'.charCodeAt(0)]: Array,
};
