import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}

export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** A text that only those who know the key can make. */
export function sealed(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
