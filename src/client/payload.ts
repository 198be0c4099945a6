import { errorRecord } from '../core/error-record.js';
import { decodeJson, encodeJson } from '../core/json.js';
import { validate } from '../core/schema.js';
import type { Schemas, Session } from './session.js';

type Payload = keyof Schemas;
const ARGUMENTS: Record<Payload, string> = { info: 'info', unit: 'result', result: 'result' };

/**
 * The JSON text of a payload, after its schema has accepted it. The schema's input is what is stored. Without a schema
 * the answer is there at once: the hot path has no promise for it.
 *
 * @throws InvalidArgumentError, PayloadTooLargeError
 */
export function encodePayload(session: Session, kind: Payload, value: unknown): string | null | Promise<string | null> {
  const argument = ARGUMENTS[kind];
  const { maxPayload } = session.settings;
  const schema = session.schemas[kind];
  if (!schema) return encodeJson(argument, value, maxPayload);
  return validate(argument, value, schema).then(() => encodeJson(argument, value, maxPayload));
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
