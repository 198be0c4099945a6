import { InvalidArgumentError } from '../index.js';
import type { Parsed } from './parse.js';
import { argumentsOf } from './parse.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What was given to a command, read by name and kind. Every reader throws `InvalidArgumentError` naming the option. */
export class Input {
  readonly #parsed: Parsed;
  readonly #names: readonly string[];

  constructor(usage: string, parsed: Parsed) {
    this.#parsed = parsed;
    this.#names = argumentsOf(usage).map(({ name }) => name);
  }

  /** An argument by its name in the usage. The empty text stands for one that was left out: no name is empty. */
  argument(name: string): string {
    return this.#parsed.positionals[this.#names.indexOf(name)] ?? '';
  }

  /** All that was given for an argument that may come again and again. */
  arguments(name: string): readonly string[] {
    return this.#parsed.positionals.slice(this.#names.indexOf(name));
  }

  /** The command behind `--`. */
  get command(): readonly string[] {
    return this.#parsed.command;
  }

  flag(name: string): boolean {
    return this.#parsed.values.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#parsed.values.get(name);
    return value === true ? undefined : value;
  }

  /** `500ms`, `30s`, `5m`, `2h`, `1d`, or plain milliseconds. */
  duration(name: string): number | undefined {
    return this.#read(name, 'a duration such as 500ms, 30s, 5m or 2h, or plain milliseconds', (text) => {
      const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
      return match ? Number(match[1]) * (UNITS[match[2] ?? 'ms'] ?? 1) : undefined;
    });
  }

  whole(name: string): number | undefined {
    return this.#read(name, 'a whole number', (text) => {
      const value = Number(text);
      return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
    });
  }

  number(name: string): number | undefined {
    return this.#read(name, 'a number', (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined));
  }

  json(name: string): unknown {
    return this.#read(name, 'JSON (a text stands in double quotes: \'"text"\')', (text) => {
      try {
        return { value: JSON.parse(text) as unknown };
      } catch {
        return undefined;
      }
    })?.value;
  }

  /** A count, or names: `12`, `intro,verse`, `7,` (one name that is a number), or a JSON array. */
  expect(name: string): number | readonly string[] | undefined {
    return this.#read(name, 'a count, names with commas between them, or a JSON array of names', (text) => {
      if (/^\d+$/.test(text)) return Number(text);
      if (!text.startsWith('[')) return text.split(',').filter((part) => part !== '');
      const list = parsed(text);
      const isNames = Array.isArray(list) && list.every((part) => ['string', 'number'].includes(typeof part));
      return isNames ? list.map(String) : undefined;
    });
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    return this.#read(name, words.join(', '), (text) => words.find((word) => word === text));
  }

  /** Some of these words, with commas between them, in the order of `words`. */
  someOf<Word extends string>(name: string, words: readonly Word[]): readonly Word[] | undefined {
    return this.#read(name, `${words.join(', ')}, or several with commas between them`, (text) => {
      const given = text.split(',');
      const isFit = given.every((part) => words.some((word) => word === part));
      return isFit ? words.filter((word) => given.includes(word)) : undefined;
    });
  }

  #read<Value>(name: string, allowed: string, read: (text: string) => Value | undefined): Value | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = read(text);
    if (value === undefined) throw new InvalidArgumentError(`--${name}`, text, allowed);
    return value;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Options without those that were left out, so that their defaults hold. */
export function given<Values extends object>(values: Values): Given<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>;
}
