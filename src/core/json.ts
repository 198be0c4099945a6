import { InvalidArgumentError, PayloadTooLargeError } from './errors.js';

/** Nesting beyond this is refused: other readers of the store need not have our stack. */
const MAX_DEPTH = 1000;

/**
 * The JSON text of `value`, exactly as `JSON.stringify` gives it; `null` for `undefined` (none).
 *
 * Refuses by name what JSON would change or drop silently: NaN and infinities, BigInt, functions, symbols, Buffers and
 * typed arrays, Map, Set, WeakMap, Promise, RegExp, Error, invalid dates, lone surrogates, cycles, nesting beyond 1000,
 * and getters or `toJSON` that throw. Properties that are `undefined` are left out, as JSON does; in arrays they are
 * refused, because JSON would make them `null`.
 *
 * @throws InvalidArgumentError, PayloadTooLargeError (more than `maxBytes` of UTF-8)
 */
export function encodeJson(argument: string, value: unknown, maxBytes: number): string | null {
  if (value === undefined) return null;
  let text: string | undefined;
  try {
    refuseUnfaithful(argument, value, []);
    text = JSON.stringify(value);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new InvalidArgumentError(argument, value, `JSON (${messageOf(error)})`, { cause: error });
  }
  if (text === undefined) throw new InvalidArgumentError(argument, value, 'JSON');
  if (text.length * 3 > maxBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) throw new PayloadTooLargeError(argument, bytes, maxBytes);
  }
  return text;
}

/** The value of a stored JSON text; `undefined` for none. */
export function decodeJson(text: string | null): unknown {
  return text === null ? undefined : (JSON.parse(text) as unknown);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}

function refuseUnfaithful(path: string, value: unknown, parents: unknown[]): void {
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) throw new InvalidArgumentError(path, value, 'JSON (a lone surrogate is not text)');
      return;
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw new InvalidArgumentError(path, value, 'JSON (a finite number)');
      return;
    case 'object':
      if (value !== null) refuseUnfaithfulObject(path, value, parents);
      return;
    default:
      throw new InvalidArgumentError(path, value, `JSON (not ${typeof value})`);
  }
}

function refuseUnfaithfulObject(path: string, value: object, parents: unknown[]): void {
  if (parents.length >= MAX_DEPTH) {
    throw new InvalidArgumentError(shorten(path), value, `JSON nested at most ${MAX_DEPTH} deep`);
  }
  if (parents.includes(value)) throw new InvalidArgumentError(shorten(path), value, 'JSON (without cycles)');
  const kind = unfaithfulKind(value);
  if (kind !== undefined) throw new InvalidArgumentError(shorten(path), value, `JSON (not ${kind})`);
  parents.push(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    refuseUnfaithful(path, (value.toJSON as (key: string) => unknown)(''), parents);
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) refuseUnfaithful(`${path}[${i}]`, value[i], parents);
  } else {
    for (const key of Object.keys(value)) {
      if (!isWellFormed(key)) throw new InvalidArgumentError(shorten(path), key, 'JSON (a lone surrogate is not text)');
      const member = (value as Record<string, unknown>)[key];
      if (member !== undefined) refuseUnfaithful(`${path}.${key}`, member, parents);
    }
  }
  parents.pop();
}

/** Objects that JSON would turn into something else without a word. */
function unfaithfulKind(value: object): string | undefined {
  const isBuffer = value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
  if (isBuffer || ArrayBuffer.isView(value)) return 'bytes: store them elsewhere, pass the key';
  if (value instanceof Map || value instanceof Set || value instanceof WeakMap || value instanceof WeakSet) {
    return `a ${value.constructor.name}`;
  }
  if (value instanceof Promise) return 'a Promise: await it first';
  if (value instanceof RegExp || value instanceof Error) return `a ${value.constructor.name}`;
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid Date';
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return 'a boxed primitive';
  return undefined;
}

function shorten(path: string): string {
  return path.length > 120 ? `${path.slice(0, 117)}…` : path;
}

/** Without lone surrogates. Every Node that we support answers at once for text of one byte a character; TypeScript knows it from ES2024 on. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
