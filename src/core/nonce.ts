import { randomBytes } from 'node:crypto';

/** A source of names for calls: unique across processes, cheap, never reused. */
export function nonceSource(): () => string {
  const base = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${base}.${(count++).toString(36)}`;
}
