/** The items of `all()` as units: what each is called, and whether a closed task is of the same ones. */
import { createHash } from 'node:crypto';
import { InvalidArgumentError, ItemsDifferError, show } from '../core/errors.js';
import { encodeJson } from '../core/json.js';
import { MAX_NAME_BYTES, taskName, unitName } from '../core/names.js';
import type { TaskDetail, TaskOptions } from '../core/store.js';
import { MAX_EXPECT_NAMES, MAX_UNITS } from '../core/store.js';
import type { AllOptions } from './all-options.js';

/** So many hexadecimal digits of a hash tell two items of one place apart. */
const HASH_DIGITS = 16;
/** At most this many names of a difference are told, and so many in its message. */
const MAX_TOLD = 100;
const MAX_SHOWN = 3;

export interface ItemList<Item> {
  readonly task: string;
  readonly items: readonly Item[];
  /** The names of their units, in their order, each another one. */
  readonly units: readonly string[];
  /** Of all these names, in any order. */
  readonly hash: string;
}

/** @throws InvalidArgumentError for what is no list of items, items without JSON and without a key, and two of one key */
export function itemList<Item>(task: unknown, items: unknown, key: AllOptions['key']): ItemList<Item> {
  const name = taskName(task);
  if (!Array.isArray(items)) throw new InvalidArgumentError('items', items, 'an array');
  if (items.length > MAX_UNITS) throw new InvalidArgumentError('items', items, `at most ${MAX_UNITS} items`);
  // The caller may go on with its array.
  const own = [...(items as Item[])];
  const units = own.map((item, index) => (key ? keyOf(key, item, index) : placeAndHash(item, index)));
  refuseTwins(units);
  return { task: name, items: own, units, hash: hash(JSON.stringify([...units].sort())) };
}

/** The task of other items than those that the task was closed with. @throws InvalidArgumentError when its name is too long */
export function restartedTask({ task, hash: named }: ItemList<unknown>): string {
  const restarted = `${task}~${named}`;
  const most = MAX_NAME_BYTES - HASH_DIGITS - 1;
  if (Buffer.byteLength(restarted) <= MAX_NAME_BYTES) return restarted;
  throw new InvalidArgumentError(
    'task',
    task,
    `at most ${most} bytes with whenItemsDiffer: 'restart', which adds a hash`,
  );
}

function keyOf(key: NonNullable<AllOptions['key']>, item: unknown, index: number): string {
  return unitName(key(item, index), `the key of items[${index}]`);
}

function placeAndHash(item: unknown, index: number): string {
  try {
    return `${index}-${hash(encodeJson(`items[${index}]`, item, Number.POSITIVE_INFINITY) ?? '')}`;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const { argument, value, allowed } = error;
    throw new InvalidArgumentError(argument, value, `${allowed}; or give options.key, which names each item`);
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}

function refuseTwins(units: readonly string[]): void {
  const places = new Map<string, number>();
  for (const [index, unit] of units.entries()) {
    const first = places.get(unit);
    if (first !== undefined) {
      throw new InvalidArgumentError(`the key of items[${index}]`, unit, `a key that items[${first}] does not have`);
    }
    places.set(unit, index);
  }
}

/** What the close of these items carries: their names where they fit, else their count, and the hash of all names as info. */
export function closeOf({ units, hash: named }: ItemList<unknown>): {
  readonly info: string | undefined;
  readonly expect: NonNullable<TaskOptions['expect']>;
} {
  if (units.length > 0 && units.length <= MAX_EXPECT_NAMES) return { info: undefined, expect: units };
  return { info: JSON.stringify({ items: units.length, hash: named }), expect: units.length };
}

/** Why these are not the items that the task was closed with; undefined when they are, or when it is not closed. */
export function difference(detail: TaskDetail, { task, units, hash: named }: ItemList<unknown>) {
  if (detail.closedAt === null) return undefined;
  const { expect } = detail.options;
  if (expect === null || typeof expect === 'number') {
    const closed = closedHash(detail);
    if (closed === named) return undefined;
    return new ItemsDifferError(
      task,
      [],
      [],
      closed === undefined ? 'by somebody else than all()' : counted(expect, units),
    );
  }
  const known = new Set(expect);
  const given = new Set(units);
  const added = units.filter((unit) => !known.has(unit));
  const removed = expect.filter((unit) => !given.has(unit));
  if (added.length + removed.length === 0) return undefined;
  const placed = (unit: string): string => `items[${units.indexOf(unit)}] (${show(unit)})`;
  const parts = [...told(added, 'new', placed), ...told(removed, 'not among them any more', show)];
  return new ItemsDifferError(task, added.slice(0, MAX_TOLD), removed.slice(0, MAX_TOLD), parts.join('; '));
}

function counted(closed: number | null, { length }: readonly string[]): string {
  return closed === length ? `as many, ${length}, but not the same` : `${closed} of them, ${length} are given`;
}

/** Of a close that does not name its units. */
function closedHash({ info }: TaskDetail): string | undefined {
  const value: unknown = info === null ? null : JSON.parse(info);
  if (typeof value !== 'object' || value === null || !('hash' in value)) return undefined;
  return typeof value.hash === 'string' ? value.hash : undefined;
}

function told(units: readonly string[], what: string, named: (unit: string) => string): string[] {
  if (units.length === 0) return [];
  const more = units.length > MAX_SHOWN ? ` and ${units.length - MAX_SHOWN} more` : '';
  const first = units.slice(0, MAX_SHOWN).map((unit) => named(unit));
  return [`${first.join(', ')}${more} ${units.length === 1 ? 'is' : 'are'} ${what}`];
}
