import { StoreCorruptError } from '../../core/errors.js';
import type { UnitState } from '../../core/states.js';
import { fromKey } from './name-codec.js';
import type { UnitHistory, UnitRecord } from './records.js';
import type { Value } from './sqlite-driver.js';

/** In the file; `done` is 1 because the index of unfinished units leaves that number out. */
export const UNIT_STATE_NUMBERS: Record<UnitState, number> = { locked: 0, done: 1, failed: 2, expired: 3 };
const UNIT_STATES_BY_NUMBER: readonly UnitState[] = ['locked', 'done', 'failed', 'expired'];

/** The last one is there for few units. */
type Packed = [
  number,
  string,
  string,
  number,
  number,
  number,
  number | null,
  number,
  string | null,
  string | null,
  UnitHistory?,
];

/**
 * The state's number, and the fields that have no column of their own, packed as a JSON array. Written by hand: this is
 * the hottest line of the store.
 */
export function encodeUnit(unit: UnitRecord): [number, string] {
  const { token, lockedAt, renewedAt, holdUntil, endedAt, final, error } = unit;
  const texts = `${quote(unit.nonce)},${quote(unit.holder)}`;
  const tail = error === null ? 'null' : JSON.stringify(error);
  const context = unit.context === null ? 'null' : JSON.stringify(unit.context);
  const history = unit.history === null ? '' : `,${JSON.stringify(unit.history)}`;
  const record = `[${token},${texts},${lockedAt},${renewedAt},${holdUntil},${endedAt},${final},${tail},${context}${history}]`;
  return [UNIT_STATE_NUMBERS[unit.state], record];
}

const PLAIN = /^[\w.:@ -]*$/;

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A unit from its row: name, state, due, record, result, place, ended. */
export function decodeUnit(row: readonly Value[]): UnitRecord {
  const [name, state, due, record, result, place, ended] = row as [
    string,
    number,
    number,
    string,
    string | null,
    number,
    number | null,
  ];
  let packed: Packed;
  try {
    packed = JSON.parse(record) as Packed;
    if (!Array.isArray(packed)) throw new TypeError('not an array');
  } catch (cause) {
    throw new StoreCorruptError(`unit ${name}`, { cause });
  }
  const [token, nonce, holder, lockedAt, renewedAt, holdUntil, endedAt, final, error, context, history] = packed;
  return {
    name: fromKey(name),
    state: UNIT_STATES_BY_NUMBER[state] ?? 'expired',
    token,
    nonce,
    holder,
    lockedAt,
    renewedAt,
    until: due,
    holdUntil,
    endedAt,
    endOrder: ended,
    final,
    error,
    result,
    context,
    history: history ?? null,
    place,
  };
}
