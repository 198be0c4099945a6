import type { UnitProgress } from '../index.js';
import type { OptionSpecs } from './command.js';
import { UsageError } from './errors.js';
import type { Input } from './input.js';

/** How the commands on a lock are told which one. */
export const TOKEN_OPTION: OptionSpecs = { token: { value: 'N', summary: 'the token of the lock (required)' } };

/** @throws UsageError */
export function requiredToken(input: Input): number {
  const token = input.whole('token');
  if (token === undefined) throw new UsageError('--token is missing: tusker lock printed it');
  return token;
}

/** Where a task stands after one of its units has ended. */
export function progressText({ state, outstanding, done, released }: UnitProgress): string {
  return `the task is ${state}${released ? ' now' : ''}: ${done} unit(s) done, ${outstanding} outstanding`;
}
