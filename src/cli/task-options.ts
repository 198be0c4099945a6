import type { ProcessingOptions } from '../index.js';
import type { OptionSpecs } from './command.js';
import type { Input } from './input.js';
import { given } from './input.js';

/** The options of `open` and `close`. */
export const TASK_OPTIONS: OptionSpecs = {
  info: { value: 'JSON', summary: 'what the worker gets with the task' },
  expect: { value: 'N|NAMES', summary: 'how many units must be done, or which: 12, or intro,verse' },
  attempts: { value: 'N', summary: 'how often the merge is tried', default: '5' },
  timeout: { value: 'DURATION', summary: 'the hard limit of one attempt', default: '15m' },
  backoff: { value: 'DURATION', summary: 'the wait between attempts', default: '1s, doubling up to 5m' },
  deadline: { value: 'DURATION', summary: 'how long after the close waiting ends', default: '24h; 1h with --expect' },
  'unit-grace': { value: 'DURATION', summary: 'how long failed and expired units may be taken over', default: '60s' },
  'unit-attempts': { value: 'N', summary: 'how many locks of a unit may fail or run out', default: 'any number' },
  'unit-backoff': { value: 'DURATION', summary: 'how long such a unit cannot be locked then', default: '0' },
  incomplete: {
    value: 'WORD',
    words: ['fail', 'release'],
    summary: 'what becomes of the task when units lack',
    default: 'fail',
  },
  'no-worker': { summary: 'no queue: released means completed, the unit results stay readable' },
  retention: { value: 'DURATION', summary: 'how long the ended task is kept', default: '1h; at least 5m' },
};

/** Those of them that were given. @throws InvalidArgumentError */
export function taskOptions(input: Input): ProcessingOptions & { readonly info?: unknown } {
  return given({
    info: input.json('info'),
    expect: input.expect('expect'),
    attempts: input.whole('attempts'),
    timeout: input.duration('timeout'),
    backoff: input.duration('backoff'),
    deadline: input.duration('deadline'),
    unitGrace: input.duration('unit-grace'),
    unitAttempts: input.whole('unit-attempts'),
    unitBackoff: input.duration('unit-backoff'),
    incomplete: input.oneOf('incomplete', ['fail', 'release']),
    worker: input.flag('no-worker') ? false : undefined,
    retention: input.duration('retention'),
  });
}
