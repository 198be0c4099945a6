import type { RefusalAnswer } from '../wire.js';
import { BASE, queryOf } from './base.js';

export type Parameters = Readonly<Record<string, string | undefined>>;

/** The server did not do it, and says why. `status` 0: it could not be reached. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function apiUrl(name: string, parameters: Parameters = {}): string {
  return `${BASE}/api/${name}${queryOf(parameters)}`;
}

/** @throws RefusedError */
export async function ask<Answer>(name: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Answer> {
  const response = await reached(apiUrl(name, parameters), signal ? { signal } : {});
  return (await response.json()) as Answer;
}

/** An answer that is asked for again and again. `undefined`: the same as that with this tag. @throws RefusedError */
export async function askAgain<Answer>(
  name: string,
  parameters: Parameters,
  etag: string,
  signal: AbortSignal,
): Promise<{ readonly answer: Answer | undefined; readonly etag: string }> {
  const headers = etag === '' ? {} : { 'if-none-match': etag };
  const response = await reached(apiUrl(name, parameters), { headers, signal });
  if (response.status === 304) return { answer: undefined, etag };
  return { answer: (await response.json()) as Answer, etag: response.headers.get('etag') ?? '' };
}

/** @throws RefusedError */
export async function post<Answer>(name: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
  const response = await reached(apiUrl(name), init);
  return (await response.json()) as Answer;
}

async function reached(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { cache: 'no-store', credentials: 'same-origin', ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new RefusedError(0, 'UNREACHABLE', 'The server of this dashboard cannot be reached.');
  }
  if (response.ok || response.status === 304) return response;
  const { error } = (await response.json().catch(() => ({}))) as Partial<RefusalAnswer>;
  throw new RefusedError(response.status, error?.code ?? 'UNEXPECTED', error?.message ?? `Status ${response.status}.`);
}
