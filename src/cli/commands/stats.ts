import type { Stats } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';

const ROWS: readonly (readonly [keyof Stats, string])[] = [
  ['open', 'taking units'],
  ['locked', 'closed, waiting for units'],
  ['released', 'ready for a worker'],
  ['delayed', 'waiting for their next attempt'],
  ['processing', 'being merged'],
  ['completed', 'ever'],
  ['failed', 'ever'],
  ['tombstones', 'completed ones kept now'],
  ['deadLetters', 'failed ones kept now'],
];

/** `tusker stats`: the counters of a namespace. */
export const stats: Command = {
  name: 'stats',
  summary: 'how many tasks are in each state',
  usage: '',
  options: {},
  examples: ['tusker stats', 'tusker stats --json | jq .released'],
  run,
};

async function run({ output, tusker }: Context): Promise<number> {
  const counts = await tusker.stats();
  const width = Math.max(...ROWS.map(([key]) => String(counts[key]).length));
  const lines = ROWS.map(
    ([key, meaning]) => `${output.state(key, 12)}${String(counts[key]).padStart(width)}  ${meaning}`,
  );
  await output.show(counts, lines);
  return EXIT.ok;
}
