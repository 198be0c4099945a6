import type { Command, Context } from '../command.js';
import { requiredToken, TOKEN_OPTION } from '../command-parts.js';
import { EXIT } from '../exit-codes.js';
import { moment } from '../text.js';

const DEFAULT_TTL = 60_000;

/** `tusker extend`: more time for a lock. */
export const extend: Command = {
  name: 'extend',
  summary: 'give a lock more time',
  usage: 'TASK UNIT',
  options: {
    ...TOKEN_OPTION,
    ttl: { value: 'DURATION', summary: 'how long it lives from now on', default: '60s' },
  },
  examples: ['tusker extend song-1 7 --token "$token" --ttl 5m'],
  exits: [['6', 'the lock is no longer held with this token (LOCK_LOST, CANCELLED)']],
  seeAlso: ['lock', 'unlock'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const unit = input.argument('UNIT');
  const options = { token: requiredToken(input), ttl: input.duration('ttl') ?? DEFAULT_TTL };
  const { until } = await tusker.extend(task, unit, options);
  await output.show({ kind: 'extended', task, unit, until }, `locked until ${moment(until)}`);
  return EXIT.ok;
}
