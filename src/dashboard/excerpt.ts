import type { Excerpt } from './wire.js';

/** Characters of a payload that go to a page; the whole can be downloaded. */
const MAX_PAYLOAD_TEXT = 16_384;
/** Characters of an error: there may be a hundred on a page. */
export const MAX_ERROR_TEXT = 4096;

/** The beginning of a text, cut between characters. */
export function excerpt(text: string, limit?: number): Excerpt;
export function excerpt(text: string | null, limit?: number): Excerpt | null;
export function excerpt(text: string | null, limit = MAX_PAYLOAD_TEXT): Excerpt | null {
  if (text === null) return null;
  const bytes = Buffer.byteLength(text);
  if (text.length <= limit) return { text, bytes, isWhole: true };
  const isInPair = /[\ud800-\udbff]/.test(text.charAt(limit - 1));
  return { text: text.slice(0, isInPair ? limit - 1 : limit), bytes, isWhole: false };
}
