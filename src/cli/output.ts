import { getsColours, Palette } from './colours.js';
import { OutputClosedError, reportOf } from './errors.js';
import type { OutputStream, Surroundings } from './surroundings.js';
import { oneLine } from './text.js';

/** Standard output for people or, with `--json`, for programs; what is said besides goes to standard error. */
export class Output {
  /** For what people read on standard output. */
  readonly palette: Palette;
  readonly #errorPalette: Palette;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;

  constructor(
    readonly json: boolean,
    { stdout, stderr, env }: Pick<Surroundings, 'stdout' | 'stderr' | 'env'>,
  ) {
    this.palette = new Palette(getsColours(stdout, env));
    this.#errorPalette = new Palette(getsColours(stderr, env));
    this.#stdout = stdout;
    this.#stderr = stderr;
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
      this.#stdout.write(text, (error) => {
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
    if (!this.json) this.#stderr.write(`tusker: ${oneLine(text)}\n`);
  }

  /** An error: one line, or a JSON object. Gives the exit code that goes with it. */
  error(error: unknown): number {
    const { exitCode, code, message, fields } = reportOf(error);
    const text = this.json
      ? JSON.stringify({ error: { code, message, exitCode, ...fields } })
      : `tusker: ${this.#errorPalette.alarm(code)}: ${message}`;
    this.#stderr.write(`${text}\n`);
    return exitCode;
  }

  /** A state with its colour, where there may be colours. */
  state(state: string, width = 0): string {
    return this.palette.state(state, state.padEnd(width));
  }
}
