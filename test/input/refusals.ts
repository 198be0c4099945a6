import { expect } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { TuskerError } from '../../src/index.js';
import { inMemory } from '../tuskers.js';

const EMPTY = {
  open: 0,
  locked: 0,
  released: 0,
  delayed: 0,
  processing: 0,
  completed: 0,
  failed: 0,
  tombstones: 0,
  deadLetters: 0,
  unacknowledged: 0,
};

/** What a message shows of a value, in part: enough to find the culprit. */
function shown(value: unknown): string | RegExp {
  if (typeof value === 'string') return JSON.stringify(value).slice(0, 60);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return /an object|a [A-Z]\w*/;
  return String(value);
}

/** Something that must not get through: what is called, with which argument by name, and its value. */
export interface Refusal {
  readonly argument: string;
  readonly value: unknown;
  readonly call: (tusker: Tusker) => unknown;
}

/** The call is refused with a code, a message that names argument, value and what is allowed; nothing was written. */
export async function expectRefused({ argument, value, call }: Refusal): Promise<void> {
  const tusker = inMemory();
  const error = await thrownBy(() => call(tusker));
  expect(error).toBeInstanceOf(TuskerError);
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument });
  const { message } = error as Error;
  expect(message).toContain(argument);
  expect(message).toMatch(/; allowed: .{3,}\.$/s);
  const text = shown(value);
  if (typeof text === 'string') expect(message).toContain(text);
  else expect(message).toMatch(text);
  await expectNothingWritten(tusker);
}

export async function expectNothingWritten(tusker: Tusker): Promise<void> {
  expect(await tusker.stats()).toEqual(EMPTY);
  await expect(tusker.explain('t')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
}

/** What a call throws or rejects with; fails when it does neither. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('the call was accepted');
}
