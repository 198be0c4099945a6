import type { Command, Context } from '../command.js';
import { UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { COUNTERS, NAME_WIDTH } from '../watch/page.js';
import { watch } from '../watch/watch.js';

const DEFAULT_EVERY = 1000;
const LEAST_EVERY = 100;

/** `tusker stats`: the counters of a namespace. */
export const stats: Command = {
  name: 'stats',
  summary: 'how many tasks are in each state, once or as a live page',
  usage: '',
  options: {
    watch: { short: 'w', summary: 'again and again: a page on a terminal, else a line for each look' },
    every: { value: 'DURATION', summary: 'with --watch: the pause between two looks; at least 100ms', default: '1s' },
  },
  details: [
    'The page of --watch has the counters, how many tasks a second arrive and end, and those that wait the longest with what',
    'they wait for. q, Esc or Ctrl-C leaves it. Without a terminal, or with --json, each look is a line; JSON has the counters',
    'with rates and the oldest tasks besides. A look costs a few reads, whatever the number of tasks.',
  ],
  examples: [
    'tusker stats',
    'tusker stats --watch',
    '# an alarm for a script',
    'test "$(tusker stats --json | jq .unacknowledged)" -eq 0',
  ],
  seeAlso: ['tasks', 'explain', 'events'],
  lasts: (input) => (input.flag('watch') ? 'runs on' : undefined),
  run,
};

async function run(context: Context): Promise<number> {
  const { input, output, tusker } = context;
  const every = input.duration('every') ?? DEFAULT_EVERY;
  if (every < LEAST_EVERY) throw new UsageError(`--every is ${every} ms; the least is ${LEAST_EVERY}`);
  if (input.flag('watch')) return watch(context, every);
  const counts = await tusker.stats();
  const width = Math.max(...COUNTERS.map(([key]) => String(counts[key]).length));
  const lines = COUNTERS.map(
    ([key, meaning]) => `${output.state(key, NAME_WIDTH)}${String(counts[key]).padStart(width)}  ${meaning}`,
  );
  await output.show(counts, lines);
  return EXIT.ok;
}
