import { setTimeout as pause } from 'node:timers/promises';
import type { EventsPage, TaskEvent } from '../../index.js';
import type { Command, Context } from '../command.js';
import { isStoreAway } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { Interruption } from '../interruption.js';
import type { Output } from '../output.js';
import { moment, printable } from '../text.js';

const PAGE = 1000;
/** How long one look waits for news, in ms. */
const LOOK = 10_000;
/** The first and the longest pause while the store cannot be reached, in ms. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

/** `tusker events`: the transitions of tasks. */
export const events: Command = {
  name: 'events',
  summary: 'list what happened to tasks, or follow it',
  usage: '',
  options: {
    follow: {
      short: 'f',
      summary: 'go on as it happens, until a signal; goes on where it was when the store comes back',
    },
    since: { value: 'CURSOR', summary: 'behind this event; 0 for the oldest kept', default: '0; with -f from now on' },
  },
  details: [
    'With --json each line is an event with its cursor, from which --since goes on without loss or repetition. The last 10 000',
    'events are kept. Where the event to go on from is gone, or the store went back to an older state, a line',
    '{"kind":"gap","cursor":…} says that events may be missing.',
  ],
  examples: [
    'tusker events -f',
    '# go on where a program has stopped',
    'tusker events -f --json --since "$cursor"',
    'tusker events --json | jq -r \'select(.kind == "failed") | .task\'',
  ],
  seeAlso: ['stats', 'tasks', 'explain'],
  run,
};

async function run(context: Context): Promise<number> {
  const { input, output } = context;
  const follows = input.flag('follow');
  using interruption = new Interruption(context.surroundings.signals);
  for await (const page of pages(context, input.text('since') ?? (follows ? undefined : '0'), interruption.signal)) {
    if (page.gap) await output.show({ kind: 'gap', cursor: page.cursor }, '… events may be missing here …');
    for (const event of page.events) await output.show(event, line(output, event));
    if (page.events.length === 0 && !follows) break;
  }
  return EXIT.ok;
}

/** Page after page, until the signal aborts. Only the first look may fail; later it is tried again from where it was. */
async function* pages(
  { input, output, tusker }: Context,
  since: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<EventsPage, void, undefined> {
  const reader = tusker.reader;
  const wait = input.flag('follow') ? LOOK : 0;
  // The store's wait would let the process end.
  const alive = setInterval(() => {}, 2 ** 30);
  let after = since;
  let failures = 0;
  try {
    // Without a wait, so that the place is known before anything can break.
    const first = await reader.events({ limit: PAGE, ...(after !== undefined && { after }) });
    after = first.cursor;
    yield first;
    while (!signal.aborted) {
      try {
        const page = await reader.events({ limit: PAGE, wait, signal, after });
        after = page.cursor;
        failures = 0;
        yield page;
      } catch (error) {
        if (!isStoreAway(error)) throw error;
        if (failures++ === 0) output.note(`${error.code}: ${error.message} Trying again from where it was.`);
        const time = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
        await pause(time, undefined, { signal }).catch(() => {});
      }
    }
  } finally {
    clearInterval(alive);
  }
}

function line(output: Output, { at, kind, task, state, attempt, failure }: TaskEvent): string {
  const tries = attempt > 0 ? ` (attempt ${attempt})` : '';
  const why = failure === null ? '' : ` ${failure}`;
  return `${moment(at)}  ${kind.padEnd(14)}  ${output.state(state, 11)}${printable(task)}${tries}${why}`;
}
