import { errorRecord } from '../core/error-record.js';
import { decodeJson, encodeJson } from '../core/json.js';
import { validate } from '../core/schema.js';
import type { Call, Outcomes } from '../core/store.js';
import type { Schemas, Session } from './session.js';

type Payload = keyof Schemas;
const ARGUMENTS: Record<Payload, string> = { info: 'info', unit: 'result', result: 'result' };

/**
 * The JSON text of a payload, after its schema has accepted it. The schema's input is what is stored. The
 * answer is a promise only where the schema gives one: the hot path has none.
 *
 * @throws InvalidArgumentError, PayloadTooLargeError
 */
export function encodePayload(session: Session, kind: Payload, value: unknown): string | null | Promise<string | null> {
  const argument = ARGUMENTS[kind];
  const { maxPayload } = session.settings;
  const schema = session.schemas[kind];
  const accepted = schema && validate(argument, value, schema);
  if (accepted instanceof Promise) return accepted.then(() => encodeJson(argument, value, maxPayload));
  return encodeJson(argument, value, maxPayload);
}

/** The value of a stored payload, after its schema. */
export function decodePayload(session: Session, kind: Payload, text: string | null): unknown {
  const value = decodeJson(text);
  const schema = session.schemas[kind];
  return schema && text !== null ? validate(ARGUMENTS[kind], value, schema) : value;
}

/** The JSON text of something that was thrown. */
export function encodeError(error: unknown): string {
  return JSON.stringify(errorRecord(error));
}

/**
 * Sends a call that needs the text of a payload. Calls that name the same task keep their order, also when a schema
 * takes its time.
 */
export function callWith<C extends Call>(
  session: Session,
  task: string,
  text: string | null | Promise<string | null>,
  make: (text: string | null) => C,
): Promise<Outcomes[C['verb']]> {
  if (text instanceof Promise) return session.batcher.callLater(task, text.then(make));
  return session.batcher.call(make(text));
}
