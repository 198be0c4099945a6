import { isDeepStrictEqual } from 'node:util';
import {
  DEFAULT_IDLE_TIMEOUT,
  DEFAULT_LEASE,
  DEFAULT_LOCK,
  duration,
  flag,
  givenTaskOptions,
  optionsObject,
  TASK_OPTION_NAMES,
} from '../core/options.js';
import type { TaskOptions } from '../core/store.js';
import type { ProcessingOptions } from './task-options.js';

/** How long locks live and are waited for. Durations are ms. */
export interface LockTimes {
  /** How long a lock lives without renewal, in ms. Default 60 000. */
  readonly ttl?: number | undefined;
  /** How long a lock lives at most, renewals included, in ms. Default 1 h. */
  readonly maxHold?: number | undefined;
  /** How long `lock` and `run` wait for a unit that somebody else holds, in ms. Default 0. */
  readonly wait?: number | undefined;
  /** Renew locks until they are settled. Default true. */
  readonly renew?: boolean | undefined;
}

/**
 * What holds in a namespace where a call names nothing else. Durations are ms. The options of tasks are declared by `open` and
 * `close`: a task that a lock creates has none of them until then.
 */
export interface NamespaceOptions extends LockTimes, Omit<ProcessingOptions, 'expect'> {
  /** How long a claim lives without renewal, in ms. Default 30 000. */
  readonly lease?: number | undefined;
  /** An open task in which nothing happens for so long has failed, in ms. Default 24 h. */
  readonly idleTimeout?: number | undefined;
}

/** The options of a namespace, checked: complete but for those of tasks, whose own defaults the store has. */
export interface Defaults {
  readonly ttl: number;
  readonly maxHold: number;
  readonly wait: number;
  readonly renew: boolean;
  readonly lease: number;
  readonly idleTimeout: number;
  readonly task: Partial<Omit<TaskOptions, 'expect'>> | undefined;
}

const TASK_DEFAULT_NAMES = TASK_OPTION_NAMES.filter((name) => name !== 'expect');
export const NAMESPACE_OPTION_NAMES = [
  ...TASK_DEFAULT_NAMES,
  'ttl',
  'maxHold',
  'wait',
  'renew',
  'lease',
  'idleTimeout',
] as const;

export const NO_DEFAULTS: Defaults = {
  ...DEFAULT_LOCK,
  wait: 0,
  renew: true,
  lease: DEFAULT_LEASE,
  idleTimeout: DEFAULT_IDLE_TIMEOUT,
  task: undefined,
};

/** The defaults of a namespace: what is named, and else those of the `createTusker` that it is of. @throws InvalidArgumentError */
export function checkNamespaceOptions(options: object, above: Defaults): Defaults {
  const given = optionsObject('options', options, NAMESPACE_OPTION_NAMES);
  const { ttl, maxHold, wait, renew, lease, idleTimeout, ...rest } = given;
  const task = { ...above.task, ...givenTaskOptions(rest) };
  const checked: Defaults = {
    ttl: ttl === undefined ? above.ttl : duration('options.ttl', ttl),
    maxHold: maxHold === undefined ? above.maxHold : duration('options.maxHold', maxHold),
    wait: wait === undefined ? above.wait : duration('options.wait', wait, 0),
    renew: renew === undefined ? above.renew : flag('options.renew', renew),
    lease: lease === undefined ? above.lease : duration('options.lease', lease),
    idleTimeout: idleTimeout === undefined ? above.idleTimeout : duration('options.idleTimeout', idleTimeout),
    task: Object.keys(task).length === 0 ? undefined : task,
  };
  return isDeepStrictEqual(checked, above) ? above : checked;
}
