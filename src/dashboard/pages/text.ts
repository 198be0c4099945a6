import { html } from 'htm/preact';

/**
 * Characters that are not seen, or that change how others are seen: control characters, bidirectional marks and
 * overrides, zero-width ones, line separators, tags.
 */
const ODD =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them alone is what it is about
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** A text for places that show text alone, such as a title. */
export function plain(text: string): string {
  return text.replace(ODD, escaped);
}

/** Text of strangers: isolated from what stands around it, odd characters shown as what they are. */
export function Odd({ text }: { readonly text: string }) {
  const parts: unknown[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(ODD)) {
    parts.push(text.slice(from, index), html`<span class="odd">${escaped(character)}</span>`);
    from = index + character.length;
  }
  parts.push(text.slice(from));
  return html`<bdi>${parts}</bdi>`;
}

/** The name of a task, a unit or a holder. */
export function Name({ text, kind = '' }: { readonly text: string; readonly kind?: string }) {
  return html`<span class=${`name ${kind}`} title=${text.length > 24 ? plain(text) : undefined}><${Odd} text=${text} /></span>`;
}
