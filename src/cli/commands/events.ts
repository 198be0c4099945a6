import { setTimeout as pause } from 'node:timers/promises';
import type { TaskEvent } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';
import type { Output } from '../output.js';
import { moment, printable } from '../text.js';

/** Without --follow: so long without another event is the end of the history, in ms. */
const END_OF_HISTORY = 500;

/** `tusker events`: the transitions of tasks. */
export const events: Command = {
  name: 'events',
  summary: 'list what happened to tasks, or follow it',
  usage: '',
  options: {
    follow: { short: 'f', summary: 'go on as it happens, until SIGINT or SIGTERM' },
    since: { value: 'CURSOR', summary: 'behind this event', default: 'from the oldest kept; with -f from now on' },
  },
  examples: ['tusker events -f', 'tusker events --json --since "$cursor"'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const follows = input.flag('follow');
  const since = given({ since: input.text('since') ?? (follows ? undefined : '0') });
  using interruption = new Interruption();
  const ended = new AbortController();
  const signal = AbortSignal.any([interruption.signal, ended.signal]);
  const stream = tusker.events({ ...since, signal });
  for (;;) {
    const asked = stream.next();
    if (!follows) endAfter(asked, ended);
    const { value, done } = await asked;
    if (done) return EXIT.ok;
    await output.show(value, line(output, value));
  }
}

/** Ends the stream unless another event comes soon. */
function endAfter(asked: Promise<unknown>, ended: AbortController): void {
  const came = new AbortController();
  asked.then(
    () => came.abort(),
    () => came.abort(),
  );
  pause(END_OF_HISTORY, undefined, { signal: came.signal }).then(
    () => ended.abort(),
    () => {},
  );
}

function line(output: Output, { at, kind, task, state, attempt, failure }: TaskEvent): string {
  const tries = attempt > 0 ? ` (attempt ${attempt})` : '';
  return `${moment(at)}  ${kind.padEnd(14)}  ${output.state(state, 11)}${printable(task)}${tries}${failure ? ` ${failure}` : ''}`;
}
