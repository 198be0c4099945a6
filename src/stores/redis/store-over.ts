import type { Clock } from '../../core/clock.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { duration, MAX_RETRY, namespaceName, optionsObject, wholeNumber } from '../../core/options.js';
import type { Store } from '../../core/store.js';
import type { RedisClient } from './clients/redis-client.js';
import { Delivery } from './delivery.js';
import { RedisStore } from './redis-store.js';

export interface RedisStoreOptions {
  /** The name of the namespace. Default `'default'`. */
  readonly namespace?: string | undefined;
  /** How many slices a namespace has, 1–1024; a namespace keeps its number. Default 1, on a Cluster 8. */
  readonly shards?: number | undefined;
  /** How many replicas must have a write before it is answered, 0–16. Default 0. */
  readonly waitForReplicas?: number | undefined;
  /** How long one try of a call may take, in ms. Default 5000. */
  readonly commandTimeout?: number | undefined;
  /**
   * How long a call is tried while the server cannot be reached or is not ready, in ms from its start, at most 2 min. A try under
   * way may end. One that comes while calls before it on its task are tried begins when these have ended. Default 30 000.
   */
  readonly retryFor?: number | undefined;
}

/** @internal What tests move by hand. */
export interface RedisStoreTestOptions extends RedisStoreOptions {
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  readonly remembered?: number | undefined;
}

const DEFAULT_CLUSTER_SHARDS = 8;
const REMEMBERED = 10_000;
const OPTION_NAMES = [
  'namespace',
  'shards',
  'waitForReplicas',
  'commandTimeout',
  'retryFor',
  'clock',
  'random',
  'remembered',
] as const;

/** @internal A store over an adapter. */
export function storeOver(client: RedisClient, options: RedisStoreTestOptions = {}): Store {
  const given = optionsObject('options', options, OPTION_NAMES);
  const { shards, waitForReplicas, commandTimeout, retryFor } = given;
  const delivery = new Delivery(client, {
    commandTimeout: commandTimeout === undefined ? 5000 : duration('options.commandTimeout', commandTimeout),
    retryFor: retryFor === undefined ? 30_000 : withinRetries(duration('options.retryFor', retryFor)),
    waitForReplicas: waitForReplicas === undefined ? 0 : wholeNumber('options.waitForReplicas', waitForReplicas, 0, 16),
  });
  const count = shards === undefined ? (client.isCluster ? DEFAULT_CLUSTER_SHARDS : 1) : shards;
  return new RedisStore(namespaceName(options.namespace ?? 'default'), {
    delivery,
    shards: wholeNumber('options.shards', count, 1, 1024),
    clock: options.clock,
    random: options.random ?? Math.random,
    remembered: options.remembered ?? REMEMBERED,
  });
}

/** Nonces are forgotten some time after the last repeat: none may come later. */
function withinRetries(ms: number): number {
  if (ms <= MAX_RETRY) return ms;
  throw new InvalidArgumentError('options.retryFor', ms, `at most ${MAX_RETRY} ms`);
}
