import type { TuskerErrorCode, TuskerErrors } from './errors.js';
import { isTuskerError } from './errors.js';
import { HTTP, statusOf } from './http-status.js';
import { isError } from './is-error.js';

/** An answer for any server: `reply.code(status).headers(headers).send(body)`, `response.writeHead(status, headers).end(body)`. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * JSON: `{ error: { code, message } }` with `task`, `unit`, `retryAfter` where known; `{ result }` for a unit that is done, null when
   * the result is not kept any more, or what a schema made of it has no JSON.
   */
  readonly body: string;
}

/** When somebody may try again whom nothing tells when, in s. */
const RETRY_AFTER = 1;

/**
 * The HTTP answer for an error: 409 with `Retry-After` for a unit that is locked, 200 with the result for one that is done,
 * 410 for one that is too late, and so on. It says nothing of hosts, holders or the store. What a timer or a stream of Node
 * throws when a signal of tusker's ends it is answered as the signal's reason. Undefined for an error that is not tusker's.
 *
 * @example
 * const answer = httpAnswer(error)
 * if (!answer) throw error
 * response.writeHead(answer.status, answer.headers).end(answer.body)
 */
export function httpAnswer(error: unknown): HttpAnswer | undefined {
  const known = isTuskerError(error) ? error : reasonOf(error);
  return isTuskerError(known) ? answerOf(known) : undefined;
}

/** Of what Node throws when a signal ends it. */
function reasonOf(error: unknown): unknown {
  try {
    return isError(error) && error.name === 'AbortError' ? error.cause : undefined;
  } catch {
    return undefined;
  }
}

/** The output of a schema may be anything. */
function jsonOf(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    return 'null';
  }
}

function answerOf(error: TuskerErrors[TuskerErrorCode]): HttpAnswer {
  const { code } = error;
  const wasPart = code === 'TASK_RELEASED' && error.unitState === 'done';
  const status = statusOf(wasPart ? 'UNIT_DONE' : code);
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  if (code === 'UNIT_DONE') return { status, headers, body: `{"result":${jsonOf(error.result)}}` };
  // Its result is not kept any more.
  if (wasPart) return { status, headers, body: JSON.stringify({ result: null }) };
  const fields: Record<string, unknown> = { code, message: messageOf(error) };
  if ('task' in error) fields.task = error.task;
  if ('unit' in error) fields.unit = error.unit;
  if (code === 'LOCK_HELD') {
    fields.retryAfter = error.retryAfter;
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfter / 1000)));
  } else if (status === 503) headers['retry-after'] = String(RETRY_AFTER);
  return { status, headers, body: JSON.stringify({ error: fields }) };
}

/** The same as a Response, for servers that speak Fetch. Undefined for an error that is not tusker's. */
export function toResponse(error: unknown): Response | undefined {
  const answer = httpAnswer(error);
  return answer && new Response(answer.body, { status: answer.status, headers: answer.headers });
}

/** What is wrong with an argument its sender is told; of others no more than what holds for all of their code. */
function messageOf({ code, message }: { code: keyof typeof HTTP; message: string }): string {
  if (code === 'INVALID_ARGUMENT' || code === 'PAYLOAD_TOO_LARGE') return message;
  return HTTP[code]?.[1] ?? HTTP.STORE_CORRUPT[1];
}
