import type { EventQuery, EventsPage, TaskEvent } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { Interruption } from '../interruption.js';
import { Outage } from '../outage.js';
import type { Output } from '../output.js';
import { moment, printable } from '../text.js';

const PAGE = 1000;
/** How long one look waits for news, in ms. */
const LOOK = 10_000;

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
  lasts: (input) => (input.flag('follow') ? 'runs on' : undefined),
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

/** Page after page, until the signal aborts. Who follows tries again from where it was. */
async function* pages(
  context: Context,
  since: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<EventsPage, void, undefined> {
  const { reader } = context.tusker;
  const follows = context.input.flag('follow');
  using outage = follows ? new Outage(context) : undefined;
  const read = (query: Omit<EventQuery, 'limit'>): Promise<EventsPage | undefined> => {
    const ask = (): Promise<EventsPage> => reader.events({ limit: PAGE, ...query });
    return outage ? outage.until(ask, signal) : ask();
  };
  // The store's wait would let the process end.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    // Without a wait, so that the place is known before anything can break.
    let page = await read({ ...(since !== undefined && { after: since }) });
    while (page && !signal.aborted) {
      yield page;
      page = await read({ wait: follows ? LOOK : 0, signal, after: page.cursor });
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
