import type { Surroundings } from '../surroundings.js';
import type { Size } from './page.js';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** What is between them appears at once, on terminals that know it. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const HOME = '\u001b[H';
const CLEAR_LINE_REST = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

const CTRL_C = '\u0003';
const CTRL_L = '\u000c';
const CTRL_Z = '\u001a';
const ESCAPE = '\u001b';

/**
 * The alternate screen of a terminal with a page that is drawn over itself. However the process ends, short of SIGKILL, the
 * terminal is as it was.
 */
export class Screen implements Disposable {
  #isEntered = false;
  readonly #leave = (): void => this.#leaveScreen();
  readonly #enter = (): void => this.#enterScreen();
  readonly #redraw = (): void => this.#draw();
  readonly #key = (keys: Buffer): void => this.#pressed(keys.toString());

  /** `compose` gives the lines for a size; `quit` is called at q and Ctrl-C. */
  constructor(
    private readonly surroundings: Surroundings,
    private readonly compose: (size: Size) => readonly string[],
    private readonly quit: () => void,
  ) {
    const { stdin, stdout, signals } = surroundings;
    signals.on('exit', this.#leave);
    signals.on('SIGCONT', this.#enter);
    stdout.on('resize', this.#redraw);
    if (stdin.isTTY) stdin.on('data', this.#key);
    this.#enterScreen();
  }

  /** Draws what is to be shown now. */
  refresh(): void {
    this.#draw();
  }

  #enterScreen(): void {
    this.#setRawMode(true);
    this.surroundings.stdout.write(ENTER);
    this.#isEntered = true;
    this.#draw();
  }

  #leaveScreen(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.surroundings.stdout.write(LEAVE);
    this.#setRawMode(false);
  }

  #setRawMode(isRaw: boolean): void {
    const { stdin } = this.surroundings;
    if (stdin.isTTY) stdin.setRawMode?.(isRaw);
  }

  /** In one write, and without clearing first: nothing flickers. */
  #draw(): void {
    if (!this.#isEntered) return;
    const { stdout } = this.surroundings;
    const { columns = 80, rows = 24 } = stdout;
    const page = this.compose({ columns, rows })
      .map((line) => line + CLEAR_LINE_REST)
      .join('\r\n');
    stdout.write(BEGIN + HOME + page + CLEAR_BELOW + END);
  }

  #pressed(keys: string): void {
    if (keys === 'q' || keys === 'Q' || keys === CTRL_C || keys === ESCAPE) this.quit();
    else if (keys === CTRL_L) this.#draw();
    else if (keys === CTRL_Z) this.#suspend();
  }

  /** As the terminal would, which in raw mode it does not: the shell comes back until `fg`. */
  #suspend(): void {
    this.#leaveScreen();
    this.surroundings.suspend();
  }

  [Symbol.dispose](): void {
    const { stdin, stdout, signals } = this.surroundings;
    signals.off('exit', this.#leave);
    signals.off('SIGCONT', this.#enter);
    stdout.off('resize', this.#redraw);
    stdin.off('data', this.#key);
    stdin.pause();
    this.#leaveScreen();
  }
}
