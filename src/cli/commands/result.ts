import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';

/** `tusker result`: waits for the end of a task. */
export const result: Command = {
  name: 'result',
  summary: 'wait for the end of a task and print its result',
  usage: 'TASK',
  options: { timeout: { value: 'DURATION', summary: 'how long to wait; 0 looks once', default: 'no limit' } },
  details: [
    'Prints the JSON that the task was completed with (null for none), with and without --json. A task that is not known',
    'yet is waited for as well.',
  ],
  exits: [
    ['3', 'the time is over (TIMEOUT), or the task was removed (TASK_NOT_FOUND)'],
    ['7', 'the task failed (TASK_FAILED)'],
  ],
  examples: ['tusker result song-1 --timeout 1m | jq .url'],
  seeAlso: ['work', 'explain'],
  lasts: () => 'waits',
  run,
};

async function run({ input, output, tusker, reached }: Context): Promise<number> {
  await reached();
  const value = (await tusker.result(input.argument('TASK'), given({ timeout: input.duration('timeout') }))) ?? null;
  await output.write(`${JSON.stringify(value)}\n`);
  return EXIT.ok;
}
