import { createInterface } from 'node:readline/promises';
import type { TaskState, Tusker } from '../index.js';
import { isTuskerError, TaskNotFoundError } from '../index.js';
import type { Command, Context, OptionSpecs } from './command.js';
import { isStoreAway, UsageError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { Interruption } from './interruption.js';
import { Selection, selectionOptions } from './selection.js';
import type { ListedState } from './task-list.js';
import { listedState } from './task-list.js';
import { printable } from './text.js';

const DEFAULT_LIMIT = 1000;
/** So many tasks are looked at and touched together: a batch of the store. */
const TOGETHER = 256;
/** So many are shown before somebody is asked. */
const SHOWN = 10;

type Outcome = { readonly kind: string; readonly state?: TaskState };

/** A verb for an operator's hand. */
export interface TaskAction {
  readonly verb: 'retry' | 'release' | 'cancel' | 'remove';
  /** The states in which it does something. */
  readonly states: readonly ListedState[];
  /** The outcome that says it did. */
  readonly did: string;
  /** What to say of a task that was in another state. */
  readonly refused: string;
  apply(tusker: Tusker, task: string): Promise<Outcome>;
}

/** The options of a command that touches tasks. */
export function touchingOptions(states: readonly ListedState[]): OptionSpecs {
  return {
    ...selectionOptions(states),
    all: { summary: 'all tasks that it is for' },
    limit: { value: 'N', summary: 'at most so many of those chosen', default: String(DEFAULT_LIMIT) },
    'dry-run': { summary: 'only list what would be touched' },
    yes: { short: 'y', summary: 'do not ask; needed with a choice where there is no terminal' },
  };
}

/** How such a command is used, for its help. */
export const TOUCHING_DETAILS: readonly string[] = [
  'Either tasks are named, or options choose them: by state, name and age, all of which must fit. What is touched is printed,',
  'a line for each. Chosen tasks are listed first and shown with --dry-run; without --yes somebody at the terminal is asked.',
  'One that has changed since it was listed is left alone. At most --limit are touched: run it again for more.',
];
export const TOUCHING_EXITS: NonNullable<Command['exits']> = [
  ['0', 'done, also when nothing was chosen'],
  ['3', 'a named task is not known (TASK_NOT_FOUND)'],
  ['5', 'a named task is not in the state for it'],
];

interface Target {
  readonly task: string;
  /** What it was when it was listed; a named task may be anything. */
  readonly listed?: { readonly incarnation: number; readonly state: ListedState };
}

/** Runs the verb on the tasks that were named or chosen; gives the exit code. */
export async function touch(context: Context, action: TaskAction): Promise<number> {
  const { input } = context;
  const names = input.arguments('TASK');
  const selection = new Selection(input, action.states);
  const isChosen = selection.isGiven || input.flag('all');
  if (names.length > 0 && isChosen) throw new UsageError('name tasks or choose them by options, not both');
  if (names.length === 0 && !isChosen) {
    throw new UsageError(`TASK is missing; name tasks, or choose them with --name, --prefix, --older-than, … or --all`);
  }
  using interruption = new Interruption(context.surroundings.signals);
  const run = new Run(context, action, interruption.signal);
  // Awaited here: signals are handled until it has ended.
  if (names.length > 0) return await run.named(names.map((task) => ({ task })));
  return await run.chosen(selection, input.whole('limit') ?? DEFAULT_LIMIT);
}

class Run {
  #code: number = EXIT.ok;
  #touched = 0;
  #changed = 0;

  constructor(
    private readonly context: Context,
    private readonly action: TaskAction,
    private readonly signal: AbortSignal,
  ) {}

  async named(targets: readonly Target[]): Promise<number> {
    if (this.context.input.flag('dry-run')) await this.#inBatches(targets, (batch) => this.#preview(batch));
    else await this.#inBatches(targets, (batch) => this.#touch(batch, targets.length > 1));
    return this.#code;
  }

  async chosen(selection: Selection, limit: number): Promise<number> {
    const { input, output, tusker } = this.context;
    const targets: Target[] = [];
    let isMore = false;
    for await (const { view, state } of selection.find(tusker.reader, { limit: limit + 1 })) {
      this.signal.throwIfAborted();
      isMore = targets.length === limit;
      if (isMore) break;
      targets.push({ task: view.task, listed: { incarnation: view.incarnation, state } });
    }
    if (targets.length === 0) output.note('no task fits');
    else if (input.flag('dry-run')) for (const target of targets) await this.#showPreview(target);
    else {
      await this.#agreed(targets);
      await this.#inBatches(targets, (batch) => this.#touch(batch, true));
      const others = this.#changed === 0 ? '' : `; ${this.#changed} had changed meanwhile and were left alone`;
      output.note(`${this.action.did} ${this.#touched} task(s)${others}`);
    }
    if (isMore) output.note(`there are more than ${limit}: run it again, or with a higher --limit`);
    return this.#code;
  }

  /** @throws UsageError when nobody agrees */
  async #agreed(targets: readonly Target[]): Promise<void> {
    const { input, output, surroundings } = this.context;
    const { stdin, stderr } = surroundings;
    if (input.flag('yes')) return;
    const question = `${this.action.verb} ${targets.length} task(s)`;
    if (output.json || !stdin.isTTY || !stderr.isTTY) {
      throw new UsageError(`this would ${question}: add --yes, or --dry-run to list them`);
    }
    const shown = targets.slice(0, SHOWN).map(({ task }) => `  ${printable(task)}\n`);
    if (targets.length > SHOWN) shown.push(`  and ${targets.length - SHOWN} more\n`);
    stderr.write(shown.join(''));
    // The terminal itself edits the line and sends the signals of its keys.
    const line = createInterface({ input: stdin, output: stderr, terminal: false });
    const ended = new Promise<undefined>((resolve) => line.once('close', () => resolve(undefined)));
    try {
      const answer = await Promise.race([line.question(`${question}? [y/N] `, { signal: this.signal }), ended]);
      if (answer === undefined) stderr.write('\n');
      if (!/^y(es)?$/i.test(answer?.trim() ?? '')) throw new UsageError('not confirmed: nothing was touched');
    } catch (error) {
      if (!this.signal.aborted) throw error;
      stderr.write('\n');
      throw this.signal.reason;
    } finally {
      line.close();
    }
  }

  async #inBatches(targets: readonly Target[], each: (batch: readonly Target[]) => Promise<void>): Promise<void> {
    for (let from = 0; from < targets.length; from += TOGETHER) {
      this.signal.throwIfAborted();
      await each(targets.slice(from, from + TOGETHER));
    }
  }

  async #touch(batch: readonly Target[], isOneOfMany: boolean): Promise<void> {
    const details = batch[0]?.listed ? await this.context.tusker.reader.inspect(batch.map(({ task }) => task)) : [];
    const outcomes = await Promise.allSettled(
      batch.map(async ({ task, listed }, index) => {
        const detail = details[index];
        const isSame = !listed || (detail?.incarnation === listed.incarnation && listedState(detail) === listed.state);
        return isSame ? this.action.apply(this.context.tusker, task) : undefined;
      }),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const target = batch[index];
      if (!target) continue;
      if (outcome.status === 'rejected') this.#failed(target, outcome.reason);
      else if (outcome.value === undefined) this.#changed++;
      else await this.#show(target, outcome.value, isOneOfMany);
    }
    const broken = outcomes.find((one) => one.status === 'rejected' && isStoreAway(one.reason));
    if (broken?.status === 'rejected') throw broken.reason;
  }

  /** The others go on. */
  #failed({ listed }: Target, reason: unknown): void {
    if (listed && isTuskerError(reason, 'TASK_NOT_FOUND')) this.#changed++;
    else if (!isStoreAway(reason)) this.#refused(this.context.output.error(reason));
  }

  async #show({ task, listed }: Target, outcome: Outcome, isOneOfMany: boolean): Promise<void> {
    const { did, refused } = this.action;
    const isDone = outcome.kind === did;
    if (isDone) this.#touched++;
    else if (listed) {
      this.#changed++;
      return;
    } else this.#refused(EXIT.late);
    const now = outcome.state === undefined ? '' : `; the task is ${outcome.state}`;
    const text = isDone ? `${did}${now}` : `${refused}: the task is ${outcome.state}`;
    await this.context.output.show({ task, ...outcome }, isOneOfMany ? `${printable(task)}: ${text}` : text);
  }

  async #preview(batch: readonly Target[]): Promise<void> {
    const details = await this.context.tusker.reader.inspect(batch.map(({ task }) => task));
    for (const [index, { task }] of batch.entries()) {
      const detail = details[index];
      const state = detail && listedState(detail);
      if (!detail || !state) this.#refused(this.context.output.error(new TaskNotFoundError(task)));
      else if (this.action.states.includes(state)) {
        await this.#showPreview({ task, listed: { incarnation: detail.incarnation, state } });
      } else {
        this.#refused(EXIT.late);
        this.context.output.note(`${printable(task)}: ${this.action.refused}: the task is ${state}`);
      }
    }
  }

  async #showPreview({ task, listed }: Target): Promise<void> {
    const { output } = this.context;
    const state = listed?.state ?? 'open';
    await output.show(
      { task, state, dryRun: true },
      `would ${this.action.verb} ${output.state(state, 11)}${printable(task)}`,
    );
  }

  /** The first reason is the exit code. */
  #refused(code: number): void {
    if (this.#code === EXIT.ok) this.#code = code;
  }
}
