import fc from 'fast-check';
import type { TaskOptions } from '../../src/core/store.js';

/** The verbs of a history, each as often as its weight says. */
const WEIGHTS = {
  lock: 14,
  unlock: 12,
  failUnit: 6,
  extendLock: 3,
  letGo: 3,
  close: 8,
  open: 4,
  claim: 10,
  complete: 5,
  failClaim: 5,
  extendClaim: 2,
  giveBack: 3,
  retry: 4,
  release: 2,
  cancel: 2,
  remove: 2,
  redo: 4,
  claimFailed: 4,
  settleFailed: 4,
  extendFailed: 1,
  sweep: 8,
  timeoutLocks: 1,
  advance: 12,
  repeat: 5,
} as const;
export type Op = keyof typeof WEIGHTS;

/** Which token a call carries: the one in force, one that was in force before, or somebody else's. */
export type TokenChoice = 'current' | 'former' | 'foreign' | 'none';

/** One step of a history: small numbers that the interpreter gives a meaning, so that shrinking is plain. */
export interface Command {
  readonly op: Op;
  readonly task: number;
  readonly unit: number;
  readonly token: TokenChoice;
  /** Picks among options, payloads and durations. */
  readonly shape: number;
  /** Sent once, again in a call of its own, twice in one batch, or in one batch to the next task too (but locks and unlocks). */
  readonly sent: 'once' | 'again' | 'twice' | 'beside';
  /** Which namespaces get it: with the same nonce at the same moment they come to have byte-equal records. */
  readonly where: 'first' | 'second' | 'both';
}

const ops = (Object.keys(WEIGHTS) as Op[]).map((op) => ({ weight: WEIGHTS[op], arbitrary: fc.constant(op) }));

const command: fc.Arbitrary<Command> = fc.record({
  op: fc.oneof(...ops),
  task: fc.nat(2),
  unit: fc.nat(2),
  token: fc.oneof(
    { weight: 12, arbitrary: fc.constant<TokenChoice>('current') },
    { weight: 3, arbitrary: fc.constant<TokenChoice>('former') },
    { weight: 1, arbitrary: fc.constant<TokenChoice>('foreign') },
    { weight: 1, arbitrary: fc.constant<TokenChoice>('none') },
  ),
  shape: fc.nat(59),
  sent: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Command['sent']>('once') },
    { weight: 2, arbitrary: fc.constant<Command['sent']>('again') },
    { weight: 2, arbitrary: fc.constant<Command['sent']>('twice') },
    { weight: 1, arbitrary: fc.constant<Command['sent']>('beside') },
  ),
  where: fc.oneof(
    { weight: 7, arbitrary: fc.constant<Command['where']>('first') },
    { weight: 1, arbitrary: fc.constant<Command['where']>('second') },
    { weight: 2, arbitrary: fc.constant<Command['where']>('both') },
  ),
});

/** Histories of up to so many commands. */
export function histories(length: number): fc.Arbitrary<Command[]> {
  return fc.array(command, { minLength: 1, maxLength: length, size: 'max' });
}

/** Without jitter: the model knows the moment of the next attempt. */
const backoff = { base: 400, factor: 2, max: 1000, jitter: 0 };
const SHAPES: readonly Partial<TaskOptions>[] = [
  {},
  { unitGrace: 0, incomplete: 'release' },
  { expect: 2, deadline: 5000 },
  { expect: ['u0', 'u1'], incomplete: 'release', unitGrace: 1000 },
  { attempts: 1 },
  { attempts: 2, timeout: 3000 },
  { worker: false, retention: 300_000 },
  { deadline: 2000, incomplete: 'release' },
  { expect: 0 },
  { expect: 1, worker: false, incomplete: 'release', unitGrace: 500 },
  { expect: ['u1', 'u2'], deadline: 200_000, attempts: 3 },
  { attempts: 3, backoff: { ...backoff, base: 0 } },
  { unitAttempts: 2, unitGrace: 1000 },
  { unitAttempts: 2, unitBackoff: backoff, expect: ['u0', 'u1'] },
  { unitBackoff: { ...backoff, max: 90_000, base: 700 } },
];

export function taskOptions(shape: number): Partial<TaskOptions> {
  return { backoff, ...(SHAPES[shape % SHAPES.length] as Partial<TaskOptions>) };
}

function pick<Item>(items: readonly Item[], shape: number): Item {
  return items[shape % items.length] as Item;
}

/** JSON texts that a parser and writer on the way would change. */
const PAYLOADS = [
  null,
  '{"a":1.0,  "b":[ ]}',
  '"\\u00e9\\u0000"',
  '[12345678901234567890]',
  '{"__proto__":1,"a":2,"a":3}',
];
export const payload = (shape: number): string | null => pick(PAYLOADS, shape);
export const closeInfo = (shape: number): string | null | undefined =>
  pick([undefined, ...PAYLOADS], Math.floor(shape / 12) + shape);

export const ttl = (shape: number): number => pick([60_000, 1000, 10, 300_000], shape);
export const maxHold = (shape: number): number => pick([3_600_000, 2000, 90_000], Math.floor(shape / 4));
export const lease = (shape: number): number => pick([30_000, 500, 100_000], shape);
export const idleTimeout = (shape: number): number => pick([86_400_000, 4000], Math.floor(shape / 5));
export const closeWhenIdle = (shape: number): number | null => pick([null, null, 3000, 90_000], Math.floor(shape / 3));
export const closeAfter = (shape: number): number | null => pick([null, null, 5000, 100_000], Math.floor(shape / 7));
export const delay = (shape: number): number | null => pick([null, 0, 700], shape);
export const olderThan = (shape: number): number => pick([0, 500, 10_000], shape);
export const sweepLimit = (shape: number): number => pick([100, 1, 2, 7], shape);

/** How far the clock moves: mostly a little, now and then past everything, sometimes back. */
const STEPS = [
  0, 1, 10, 50, 400, 1000, 1500, 3000, -5, -700, -7_200_000, 30_000, 60_000, 61_000, 120_000, 300_000, 3_600_000,
];
/** With so many shapes it moves to the very moment at which something is due, or stops right before it. */
const TO_THE_MOMENT = 20;

/** `left`: how long it is to the next moment at which something is due. */
export function step(shape: number, left: number): number {
  if (shape < TO_THE_MOMENT && left > 0 && left < Number.POSITIVE_INFINITY) return shape % 4 === 0 ? left - 1 : left;
  return shape === 59 ? 86_400_000 : shape === 58 ? 604_800_000 : pick(STEPS, shape);
}
