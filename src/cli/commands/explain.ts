import type { Explanation, UnitView } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { moment, oneLine, printable } from '../text.js';

/** `tusker explain`: what a task waits for. */
export const explain: Command = {
  name: 'explain',
  summary: 'what a task waits for, at this moment',
  usage: 'TASK',
  options: {},
  details: [
    'One sentence says it, with until when; below it the units, who holds which, and the errors of the attempts.',
  ],
  examples: ['tusker explain song-1', '# for a program', 'tusker explain song-1 --json | jq .waitsFor'],
  exits: [['3', 'the task is not known (TASK_NOT_FOUND)']],
  seeAlso: ['tasks', 'units', 'events'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const explanation = await tusker.explain(input.argument('TASK'));
  await output.show(readable(explanation), lines(explanation));
  return EXIT.ok;
}

function lines({ sentence, detail }: Explanation): string[] {
  const { units, live, troubled, errors } = detail;
  return [
    oneLine(sentence),
    `  units: ${units.done} done, ${units.locked} locked, ${units.failed} failed, ${units.expired} expired`,
    ...live.map(
      ({ unit, holder, until }) => `  ${printable(unit)} held by ${printable(holder)} until ${moment(until)}`,
    ),
    ...troubled.map(({ unit, state, error }) => `  ${printable(unit)} ${state}${messageOf(error)}`),
    ...errors.map(({ attempt, at, worker, error }) => {
      return `  attempt ${attempt} by ${printable(worker)} at ${moment(at)}${messageOf(error)}`;
    }),
  ];
}

function messageOf(error: string | null): string {
  const { message } = (value(error) ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? `: ${oneLine(message)}` : '';
}

/** The explanation with its payloads as values: the store has them as JSON text. */
function readable({ detail, ...rest }: Explanation): object {
  const unit = (view: UnitView) => ({ ...view, result: value(view.result), error: value(view.error) });
  return {
    ...rest,
    detail: {
      ...detail,
      info: value(detail.info),
      result: value(detail.result),
      live: detail.live.map(unit),
      troubled: detail.troubled.map(unit),
      errors: detail.errors.map((one) => ({ ...one, error: value(one.error) })),
    },
  };
}

function value(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
