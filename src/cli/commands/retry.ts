import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';

/** `tusker retry`: returns a failed task. */
export const retry: Command = {
  name: 'retry',
  summary: 'return a failed task to where it failed',
  usage: 'TASK',
  options: {},
  details: ['Exits with 5 when the task has not failed.'],
  examples: ['tusker tasks --state failed --json | jq -r .task | xargs -n 1 tusker retry'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const outcome = await tusker.retry(task);
  await output.show(
    { task, ...outcome },
    outcome.kind === 'retried' ? `retried; the task is ${outcome.state}` : `not failed: the task is ${outcome.state}`,
  );
  return outcome.kind === 'retried' ? EXIT.ok : EXIT.late;
}
