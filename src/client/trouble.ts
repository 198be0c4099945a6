/** What went wrong with the units of a task, in a few words: their errors, grouped where they are alike. */
import type { FailedItem, TroubledUnit } from '../core/errors.js';
import { isTuskerError, show } from '../core/errors.js';
import type { TaskDetail, UnitView } from '../core/store.js';

/** As many groups and as many names in each are told. */
const GROUPS = 3;
const NAMES = 3;
const LONGEST_MESSAGE = 200;

export function troubledUnits(views: readonly UnitView[]): TroubledUnit[] {
  return views.map(({ unit, state, error }) => ({
    unit,
    state: state === 'failed' ? 'failed' : 'expired',
    error: error === null ? null : (JSON.parse(error) as unknown),
  }));
}

/** Such as `unit "7" failed: no such codec; units "3", "4" ran out`; empty when nothing is known. */
export function troubleText(units: readonly TroubledUnit[]): string {
  const groups = new Map<string, string[]>();
  for (const { unit, state, error } of units) {
    const what = state === 'expired' ? 'ran out' : `failed${colonBefore(messageOf(error))}`;
    groups.set(what, [...(groups.get(what) ?? []), unit]);
  }
  const texts = [...groups].map(([what, names]) => `${named(names)} ${what}`);
  const more = texts.length > GROUPS ? `; ${texts.length - GROUPS} other error(s)` : '';
  return texts.slice(0, GROUPS).join('; ') + more;
}

/** Such as `items[3], items[5]: rate limited; items[7]: no such codec`. */
export function failedItemsText(failures: readonly FailedItem[]): string {
  const groups = new Map<string, string[]>();
  for (const { index, error } of failures) {
    const what = colonBefore(itemsMessage(error));
    groups.set(what, [...(groups.get(what) ?? []), `items[${index}]`]);
  }
  const texts = [...groups].map(([what, items]) => `${someOf(items)}${what}`);
  const more = texts.length > GROUPS ? `; ${texts.length - GROUPS} other error(s)` : '';
  return texts.slice(0, GROUPS).join('; ') + more;
}

/** How much is missing of an incomplete task, and why. */
export function shortfallText({ incomplete, troubled, options: { expect } }: TaskDetail): string {
  if (!incomplete) return '';
  const { failed, expired, missing, names } = incomplete;
  const units = troubledUnits(troubled);
  const why = troubleText(units);
  // Those that failed or expired may be among the missing ones, or extra.
  if (typeof expect === 'number') return `${missing} of ${expect} missing${why === '' ? '' : `: ${why}`}`;
  const known = new Set(units.map(({ unit }) => unit));
  const others = names.filter((name) => !known.has(name)).slice(0, NAMES);
  const absent = missing > 0 && others.length > 0 ? `${named(others)} missing` : '';
  const parts = [why, absent].filter((part) => part !== '').join('; ');
  return `${failed} failed, ${expired} expired, ${missing} missing${parts === '' ? '' : `: ${parts}`}`;
}

/** Without what differs from item to item, such as the name of the unit: that of `items[3]` is told. */
function itemsMessage(error: unknown): string {
  if (isTuskerError(error, 'LOCK_HELD') && error.holder !== '') return `still locked by ${show(error.holder)}`;
  if (isTuskerError(error, 'LOCK_HELD')) return 'failed before, and its backoff is not over';
  if (isTuskerError(error, 'LOCK_LOST')) return 'its lock was lost';
  if (isTuskerError(error, 'UNIT_FAILED')) return `its attempts are spent${colonBefore(messageOf(error.error))}`;
  return messageOf(error);
}

export function messageOf(error: unknown): string {
  const message = (error as { readonly message?: unknown } | null)?.message;
  const text = typeof message === 'string' ? message : error === null ? '' : show(error);
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

function named(names: readonly string[]): string {
  return `unit${names.length > 1 ? 's' : ''} ${someOf(names.map(show))}`;
}

function someOf(names: readonly string[]): string {
  const others = names.length - NAMES;
  return `${names.slice(0, NAMES).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** The sentence around it ends with a full stop of its own. */
function colonBefore(text: string): string {
  return text === '' ? '' : `: ${text.replace(/(?<!\.)\.$/, '')}`;
}
