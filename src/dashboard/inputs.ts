import { Refusal } from './refusal.js';
import type { Action, ChangeRequest, ChartRange, Shelf, Target } from './wire.js';
import { ACTION_SHELVES, LISTED_SHELVES } from './wire.js';

/** A request line longer than this is refused: the longest names fit in. */
export const MAX_URL = 8192;
/** The most bytes in the body of a change. */
export const MAX_BODY = 1_048_576;
/** The most tasks in one change. */
export const MAX_TARGETS = 1000;
const MAX_NAME_BYTES = 512;
const MAX_SEARCH = 200;
const MAX_CURSOR = 200;
const CHART_RANGES: readonly ChartRange[] = ['5m', '15m', '1h'];
const ACTIONS = Object.keys(ACTION_SHELVES) as Action[];

function invalid(name: string, allowed: string): Refusal {
  return new Refusal(400, 'INVALID_ARGUMENT', `${name} is not what it must be; allowed: ${allowed}.`);
}

function nameOf(name: string, value: unknown): string {
  const isName =
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_NAME_BYTES &&
    Buffer.byteLength(value) <= MAX_NAME_BYTES &&
    !hasLoneSurrogate(value);
  if (!isName) throw invalid(name, `1–${MAX_NAME_BYTES} bytes of well-formed text`);
  return value;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function wordOf<Word extends string>(name: string, value: unknown, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw invalid(name, words.join(', '));
  return word;
}

/** What stands behind the question mark of a request, checked. Every reader throws a refusal that names the parameter. */
export class Query {
  constructor(private readonly parameters: URLSearchParams) {}

  name(parameter: 'namespace' | 'task' | 'unit'): string {
    return nameOf(parameter, this.parameters.get(parameter));
  }

  get shelf(): Shelf | undefined {
    const state = this.parameters.get('state');
    return state === null || state === '' ? undefined : wordOf('state', state, LISTED_SHELVES);
  }

  get action(): Action {
    return wordOf('action', this.parameters.get('action'), ACTIONS);
  }

  get part(): 'info' | 'result' {
    return wordOf('part', this.parameters.get('part'), ['info', 'result']);
  }

  get range(): ChartRange {
    return wordOf('range', this.parameters.get('range') ?? '15m', CHART_RANGES);
  }

  get search(): string {
    const text = this.parameters.get('q') ?? '';
    if (text.length > MAX_SEARCH || hasLoneSurrogate(text)) throw invalid('q', `at most ${MAX_SEARCH} characters`);
    return text;
  }

  get cursor(): string | undefined {
    const cursor = this.parameters.get('cursor');
    if (cursor === null || cursor === '') return undefined;
    if (cursor.length > MAX_CURSOR) throw invalid('cursor', 'the cursor of a page');
    return cursor;
  }

  get topic(): 'overview' | 'tasks' | 'task' {
    return wordOf('of', this.parameters.get('of'), ['overview', 'tasks', 'task']);
  }

  limit(otherwise: number, most: number): number {
    const text = this.parameters.get('limit');
    if (text === null) return otherwise;
    const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (limit < 1 || limit > most) throw invalid('limit', `a whole number from 1 to ${most}`);
    return limit;
  }
}

/** The JSON object in the body of a request, read no further than its limit. */
export async function bodyOf(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body of a change is application/json.');
  }
  const text = await readAtMost(request, MAX_BODY);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw invalid('body', 'a JSON object');
}

async function readAtMost(request: Request, limit: number): Promise<string> {
  const tooLarge = new Refusal(413, 'PAYLOAD_TOO_LARGE', `The body has more than ${limit} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The body of a change, checked whole before anything is done. */
export function changeOf(body: Readonly<Record<string, unknown>>): ChangeRequest {
  const { namespace, action, targets, reason } = body;
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > MAX_TARGETS) {
    throw invalid('targets', `1–${MAX_TARGETS} tasks`);
  }
  return {
    namespace: nameOf('namespace', namespace),
    action: wordOf('action', action, ACTIONS),
    targets: targets.map((target, index) => targetOf(target, `targets[${index}]`)),
    ...(reason !== undefined && reason !== '' && { reason: nameOf('reason', reason) }),
  };
}

function targetOf(value: unknown, name: string): Target {
  const { task, incarnation, shelf } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (!Number.isSafeInteger(incarnation)) throw invalid(`${name}.incarnation`, 'a whole number');
  return {
    task: nameOf(`${name}.task`, task),
    incarnation: incarnation as number,
    ...(shelf !== undefined && { shelf: wordOf(`${name}.shelf`, shelf, LISTED_SHELVES) }),
  };
}
