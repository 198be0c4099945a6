import { stripVTControlCharacters } from 'node:util';

const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const COLOUR_OR_LETTER = /\u001b\[[\d;]*m|./gsu;
const PLAIN = '\u001b[0m';

/** How many columns of a terminal a text takes, without its colours. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const letter of stripVTControlCharacters(text)) columns += widthOf(letter);
  return columns;
}

function widthOf(letter: string): number {
  if (WITHOUT_WIDTH.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}

/** A text in at most so many columns, with its colours; where it was cut stands `…`. */
export function cutTo(columns: number, text: string): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let left = columns - 1;
  for (const [part] of text.matchAll(COLOUR_OR_LETTER)) {
    left -= columnsOf(part);
    if (left < 0) break;
    kept += part;
  }
  return `${kept}…${kept.includes('\u001b') ? PLAIN : ''}`;
}
