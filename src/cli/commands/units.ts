import type { Unit, UnitState } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import type { Output } from '../output.js';
import { oneLine, printable } from '../text.js';

const STATES = ['locked', 'done', 'failed', 'expired'] as const satisfies readonly UnitState[];

/** `tusker units`: the units of a task. */
export const units: Command = {
  name: 'units',
  summary: 'list the units of a task, in natural order',
  usage: 'TASK',
  options: {
    state: { value: 'STATE', words: STATES, summary: 'in this state' },
    limit: { value: 'N', summary: 'at most so many' },
  },
  examples: ['tusker units song-1 --state failed', 'tusker units song-1 --json | jq -r .unit'],
  exits: [['3', 'the task is not known (TASK_NOT_FOUND)']],
  seeAlso: ['explain', 'tasks'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const state = given({ state: input.oneOf('state', STATES) });
  let left = input.whole('limit') ?? Number.POSITIVE_INFINITY;
  for await (const unit of tusker.units(input.argument('TASK'), state)) {
    if (left-- === 0) break;
    await output.show(unit, line(output, unit));
  }
  return EXIT.ok;
}

function line(output: Output, unit: Unit): string {
  return `${output.state(unit.state, 9)}${printable(unit.unit)}  ${printable(unit.holder)}${detail(unit)}`;
}

function detail({ state, result, error, final }: Unit): string {
  if (state === 'done') return result === undefined ? '' : `  ${short(result)}`;
  if (state !== 'failed') return '';
  const { message = error } = (error ?? {}) as { readonly message?: unknown };
  return `  ${final ? 'for good: ' : ''}${typeof message === 'string' ? oneLine(message) : short(message)}`;
}

function short(value: unknown): string {
  const text = oneLine(JSON.stringify(value) ?? '');
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
