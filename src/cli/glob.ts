/**
 * A pattern for names: `*` is any text, also none, `?` is one character, and a backslash takes the next character as it
 * is. Matches in time proportional to pattern × name: patterns and names come from outside.
 */
export class Glob {
  readonly #tokens: readonly Token[];

  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern);
  }

  /** The whole name must fit. */
  matches(name: string): boolean {
    const letters = [...name];
    let at = 0;
    let token = 0;
    // Where to go on when what follows the last star did not fit: the star takes one more letter.
    let star: { readonly token: number; at: number } | undefined;
    while (at < letters.length) {
      const expected = this.#tokens[token];
      if (expected === ANY) {
        star = { token, at };
        token++;
      } else if (expected === ONE || (expected !== undefined && expected === letters[at])) {
        at++;
        token++;
      } else if (star) {
        star.at++;
        at = star.at;
        token = star.token + 1;
      } else return false;
    }
    return this.#tokens.slice(token).every((rest) => rest === ANY);
  }
}

const ANY = Symbol('any text');
const ONE = Symbol('one character');
type Token = typeof ANY | typeof ONE | string;

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const letters = [...pattern];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? '';
    if (letter === '*') tokens.push(ANY);
    else if (letter === '?') tokens.push(ONE);
    else if (letter === '\\') tokens.push(letters[++at] ?? letter);
    else tokens.push(letter);
  }
  return tokens;
}
