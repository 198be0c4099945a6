import { createHash } from 'node:crypto';
import type { Refusal } from './refusal.js';
import type { RefusalAnswer } from './wire.js';

/** No inline script or style, nothing from elsewhere, no frame around it, no text that becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** On every response. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** A response with the headers that all have. */
export function respond(
  status: number,
  type: string,
  body: ConstructorParameters<typeof Response>[0],
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...HEADERS, 'content-type': type, ...headers } });
}

export function json(value: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return respond(status, 'application/json; charset=utf-8', JSON.stringify(value), headers);
}

/** JSON that a poll need not fetch again: `304` when the browser has it. `now` alone is no change. */
export function polled(request: Request, answer: { readonly now: number }): Response {
  const etag = `"${createHash('sha256').update(withoutNow(answer)).digest('base64url').slice(0, 22)}"`;
  // No store of the browser keeps data: the page itself remembers what it has.
  if (request.headers.get('if-none-match') === etag) {
    return new Response(null, { status: 304, headers: { ...HEADERS, etag } });
  }
  return json(answer, 200, { etag });
}

/** The text by which two answers are the same. */
export function withoutNow(answer: { readonly now: number }): string {
  return JSON.stringify({ ...answer, now: 0 });
}

export function refuse({ status, code, message, headers }: Refusal): Response {
  return json({ error: { code, message } } satisfies RefusalAnswer, status, headers);
}
