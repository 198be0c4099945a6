import type { StoreReader } from '../index.js';
import type { OptionSpecs } from './command.js';
import { Glob } from './glob.js';
import type { Input } from './input.js';
import type { ListedState, ListedTask } from './task-list.js';
import { inStateSince, listTasks } from './task-list.js';

/** The options that choose tasks, for a command that is about some states. */
export function selectionOptions(states: readonly ListedState[]): OptionSpecs {
  return {
    ...(states.length > 1 && {
      state: { value: 'STATE', words: states, summary: 'in this state, or several with commas between them' },
    }),
    name: { value: 'GLOB', summary: 'with such a name: * is any text, ? one character, \\ takes the next as it is' },
    prefix: { value: 'TEXT', summary: 'with a name that begins so' },
    'older-than': { value: 'DURATION', summary: 'in their state for longer (ended ones: ended so long ago)' },
    'newer-than': { value: 'DURATION', summary: 'in their state for a shorter time' },
  };
}

/** Which tasks are meant: by state, name and age. */
export class Selection {
  /** Some option has chosen. */
  readonly isGiven: boolean;
  readonly #states: readonly ListedState[];
  readonly #glob: Glob | undefined;
  readonly #prefix: string;
  readonly #olderThan: number | undefined;
  readonly #newerThan: number | undefined;

  /** @throws InvalidArgumentError */
  constructor(input: Input, states: readonly ListedState[]) {
    const pattern = input.text('name');
    this.#states = input.someOf('state', states) ?? states;
    this.#glob = pattern === undefined ? undefined : new Glob(pattern);
    this.#prefix = input.text('prefix') ?? '';
    this.#olderThan = input.duration('older-than');
    this.#newerThan = input.duration('newer-than');
    this.isGiven = Object.keys(selectionOptions(states)).some((name) => input.flag(name));
  }

  /**
   * The tasks, read in pages. Ages are told by the clock of the store. @throws InvalidArgumentError for a cursor that is
   * none
   */
  async *find(
    reader: StoreReader,
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ): AsyncGenerator<ListedTask, void, undefined> {
    const from = after === undefined ? {} : { after };
    const pageSize = this.#looksAtEach ? Number.POSITIVE_INFINITY : limit;
    let now: number | undefined;
    for await (const listed of listTasks(reader, { states: this.#states, pageSize, ...from })) {
      if (!this.#fitsName(listed.view.task)) continue;
      if (this.#hasAge) now ??= await storeClock(reader, listed.view.task);
      if (now === undefined ? !this.#hasAge : this.#fitsAge(now - inStateSince(listed.view, listed.state)))
        yield listed;
    }
  }

  get #looksAtEach(): boolean {
    return this.#glob !== undefined || this.#prefix !== '' || this.#hasAge;
  }

  get #hasAge(): boolean {
    return this.#olderThan !== undefined || this.#newerThan !== undefined;
  }

  #fitsName(task: string): boolean {
    return task.startsWith(this.#prefix) && (this.#glob?.matches(task) ?? true);
  }

  #fitsAge(age: number): boolean {
    return age > (this.#olderThan ?? Number.NEGATIVE_INFINITY) && age < (this.#newerThan ?? Number.POSITIVE_INFINITY);
  }
}

/** The store's clock, as it is told with a task; undefined when that one is gone. */
async function storeClock(reader: StoreReader, task: string): Promise<number | undefined> {
  const [detail] = await reader.inspect([task]);
  return detail?.now;
}
