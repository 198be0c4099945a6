const CODES: Readonly<Record<string, number>> = {
  open: 36,
  locked: 33,
  released: 34,
  delayed: 34,
  processing: 35,
  completed: 32,
  done: 32,
  failed: 31,
  expired: 31,
};
const BOLD = 1;
const DIM = 2;
const RED = 31;

/** Paints text for a terminal, or leaves it as it is. */
export class Palette {
  constructor(private readonly isOn: boolean) {}

  /** A word for a state in its colour; others stay as they are. */
  state(state: string, text = state): string {
    const code = CODES[state];
    return code === undefined ? text : this.#paint(code, text);
  }

  bold(text: string): string {
    return this.#paint(BOLD, text);
  }

  dim(text: string): string {
    return this.#paint(DIM, text);
  }

  alarm(text: string): string {
    return this.#paint(RED, text);
  }

  #paint(code: number, text: string): string {
    return this.isOn && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/**
 * Whether a stream gets colours. `FORCE_COLOR` says yes, or with `0` or `false` no; without it `NO_COLOR` says no; without
 * both it is yes for a terminal that is not dumb.
 */
export function getsColours(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR) return false;
  return stream.isTTY === true && TERM !== 'dumb';
}
