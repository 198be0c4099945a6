import { OutputClosedError, reportOf } from './errors.js';
import { oneLine } from './text.js';

const COLOURS: Readonly<Record<string, number>> = {
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

/** Standard output for people or, with `--json`, for programs; what is said besides goes to standard error. */
export class Output {
  readonly #colours = process.stdout.isTTY === true && !process.env.NO_COLOR;

  constructor(readonly json: boolean) {
    // A reader that went away is noticed where something is written, and is no reason to crash.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
  }

  /** One result: a JSON document, or lines. @throws OutputClosedError */
  async show(value: unknown, text: string | readonly string[]): Promise<void> {
    if (this.json) return this.write(`${JSON.stringify(value)}\n`);
    const lines = typeof text === 'string' ? [text] : text;
    if (lines.length > 0) await this.write(`${lines.join('\n')}\n`);
  }

  /** Text as it is, written when this resolves. @throws OutputClosedError */
  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => {
        if (!error) resolve();
        else reject((error as NodeJS.ErrnoException).code === 'EPIPE' ? new OutputClosedError() : error);
      });
    });
  }

  /** The same for what goes on whether somebody reads it or not. */
  tell(value: unknown, text: string): void {
    this.show(value, text).catch(() => {});
  }

  /** A word to the person at the terminal; programs need it not. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`tusker: ${oneLine(text)}\n`);
  }

  /** An error: one line, or a JSON object. Gives the exit code that goes with it. */
  error(error: unknown): number {
    const { exitCode, code, message, fields } = reportOf(error);
    const text = this.json
      ? JSON.stringify({ error: { code, message, exitCode, ...fields } })
      : `tusker: ${code}: ${message}`;
    process.stderr.write(`${text}\n`);
    return exitCode;
  }

  /** A state with its colour, on a terminal that may have colours. */
  state(state: string, width = 0): string {
    const padded = state.padEnd(width);
    return this.#colours ? `\u001b[${COLOURS[state] ?? 0}m${padded}\u001b[0m` : padded;
  }
}
