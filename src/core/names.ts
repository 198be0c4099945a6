import { InvalidArgumentError } from './errors.js';
import { isWellFormed } from './json.js';

const MAX_NAME_BYTES = 512;
const ALLOWED = `1–${MAX_NAME_BYTES} bytes of well-formed text`;

/** A task name: 1–512 bytes of UTF-8, any characters. @throws InvalidArgumentError */
export function taskName(value: unknown, argument = 'task'): string {
  if (typeof value !== 'string') throw new InvalidArgumentError(argument, value, ALLOWED);
  return checkedText(value, argument);
}

/** A unit name: text as for a task, or a safe integer that stands for its decimal string. @throws InvalidArgumentError */
export function unitName(value: unknown, argument = 'unit'): string {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new InvalidArgumentError(argument, value, `a safe integer or ${ALLOWED}`);
    return String(value);
  }
  if (typeof value !== 'string') throw new InvalidArgumentError(argument, value, `a safe integer or ${ALLOWED}`);
  return checkedText(value, argument);
}

/** Plain ASCII passes without the slow checks: nearly every name is that. */
const PLAIN = /^[\x20-\x7e]{1,512}$/;

function checkedText(value: string, argument: string): string {
  if (PLAIN.test(value)) return value;
  if (
    value === '' ||
    value.length > MAX_NAME_BYTES ||
    !isWellFormed(value) ||
    Buffer.byteLength(value) > MAX_NAME_BYTES
  ) {
    throw new InvalidArgumentError(argument, value, ALLOWED);
  }
  return value;
}
