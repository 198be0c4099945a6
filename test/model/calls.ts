import type { Call, Outcome, TaskDefaults } from '../../src/core/store.js';
import type { Command, Op, TokenChoice } from './commands.js';
import {
  closeAfter,
  closeInfo,
  closeWhenIdle,
  delay,
  idleTimeout,
  lease,
  maxHold,
  payload,
  taskOptions,
  ttl,
} from './commands.js';
import type { Reference } from './reference.js';

/** The tokens that were granted so far, so that calls can come with old ones. */
export class Tokens {
  readonly #granted = new Map<string, number[]>();

  note(call: Call, outcome: Outcome): void {
    if (call.verb === 'lock' && outcome.kind === 'locked') this.#add(`${call.task}/${call.unit}`, outcome.token);
    if (call.verb === 'claimFailed' && outcome.kind === 'claimed') this.#add(call.task, outcome.token);
  }
  claimed(task: string, token: number): void {
    this.#add(task, token);
  }
  #add(key: string, token: number): void {
    const tokens = this.#granted.get(key) ?? [];
    if (tokens[tokens.length - 1] !== token) tokens.push(token);
    this.#granted.set(key, tokens);
  }

  choose(key: string, choice: TokenChoice, shape: number): number {
    const own = this.#granted.get(key) ?? [];
    if (choice === 'current') return own[own.length - 1] ?? 1;
    if (choice === 'former') return own[own.length - 2 - (shape % 2)] ?? 2;
    const others = [...this.#granted].filter(([other]) => other !== key).flatMap(([, tokens]) => tokens);
    return choice === 'foreign' ? (others[others.length - 1] ?? 3) : 4;
  }
}

/** Every third caller has defaults of its own. */
function defaults(shape: number): { defaults?: TaskDefaults } {
  if (shape % 3 !== 1) return {};
  const { expect: _, ...others } = taskOptions(shape * 7 + 5);
  return { defaults: others };
}

/** The call that a command stands for. */
export function callOf(
  { task: taskNumber, unit: unitNumber, token: choice, shape }: Command,
  verb: Exclude<Op, 'advance' | 'sweep' | 'timeoutLocks' | 'repeat' | 'claim'>,
  nonce: string,
  model: Pick<Reference, 'now'>,
  tokens: Tokens,
): Call {
  const task = `t${taskNumber}`;
  const unit = `u${unitNumber}`;
  const ofUnit = tokens.choose(`${task}/${unit}`, choice, shape);
  const ofClaim = tokens.choose(task, choice, shape);
  const error = `{"message":"at ${model.now}"}`;
  switch (verb) {
    case 'open': {
      const closes = { closeWhenIdle: closeWhenIdle(shape), closeAfter: closeAfter(shape) };
      const rest = {
        idleTimeout: idleTimeout(shape),
        info: payload(shape),
        options: taskOptions(shape),
        ...defaults(shape),
      };
      return { verb, task, nonce, ...rest, ...closes };
    }
    case 'lock': {
      const times = { ttl: ttl(shape), maxHold: maxHold(shape), idleTimeout: idleTimeout(shape) };
      return { verb, task, unit, nonce, holder: 'tester', refresh: shape % 11 === 0, ...times };
    }
    case 'unlock':
      return { verb, task, unit, token: choice === 'none' ? null : ofUnit, result: payload(shape) };
    case 'failUnit':
      return { verb, task, unit, token: ofUnit, error, final: shape % 3 === 0 };
    case 'extendLock':
      return { verb, task, unit, token: ofUnit, ttl: ttl(shape) };
    case 'letGo':
      return { verb, task, unit, token: ofUnit };
    case 'close': {
      const rest = { info: closeInfo(shape), replace: shape % 4 === 0, idleTimeout: idleTimeout(shape) };
      return { verb, task, nonce, options: taskOptions(shape), ...defaults(shape), ...rest };
    }
    case 'complete':
      return { verb, task, token: ofClaim, result: payload(shape) };
    case 'failClaim':
      return { verb, task, token: ofClaim, error, retry: shape % 5 !== 0, delay: delay(shape) };
    case 'extendClaim':
      return { verb, task, token: ofClaim, lease: lease(shape) };
    case 'giveBack':
      return { verb, task, token: ofClaim };
    case 'cancel':
      return { verb, task, nonce, reason: `reason ${shape}` };
    case 'redo':
      return { verb, task, unit, nonce, error };
    case 'claimFailed':
      return { verb, task, nonce, lease: lease(shape), worker: 'w' };
    case 'settleFailed':
      return { verb, task, token: ofClaim, again: shape % 2 === 0 ? null : (delay(shape) ?? 0) };
    case 'extendFailed':
      return { verb, task, token: ofClaim, lease: lease(shape) };
    case 'retry':
    case 'release':
    case 'remove':
      return { verb, task, nonce };
  }
}
