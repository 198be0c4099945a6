import { stripVTControlCharacters } from 'node:util';
import type { Board, ChunkState } from './board.js';
import type { DemoEvent } from './events.js';
import type { DemoOutput } from './options.js';

/** Shows a demo while it runs. */
export interface Screen {
  /** Something happened; the board knows of it already. `atMs`: since the start. */
  show(event: DemoEvent, board: Board, atMs: number): void;
  /** The last picture stays; what is printed from now on follows it. Safe to repeat. */
  end(): void;
}

/** Live on a terminal, lines elsewhere (and where the terminal cannot move its cursor). Colours unless NO_COLOR is set. */
export function openScreen(output: DemoOutput, title: string): Screen {
  const { NO_COLOR, TERM } = process.env;
  const live = output.isTTY === true && TERM !== 'dumb';
  output.write(`${title}\n`);
  return live ? new LiveScreen(output, NO_COLOR === undefined || NO_COLOR === '') : new LineScreen(output);
}

/** Shows nothing. */
export const blankScreen: Screen = { show() {}, end() {} };

class LineScreen implements Screen {
  constructor(private readonly output: DemoOutput) {}

  show(event: DemoEvent, board: Board, atMs: number): void {
    const line = lineOf(event);
    if (line === null) return;
    const progress = event.kind === 'done' ? ` (${board.count('done')} of ${board.chunks.length})` : '';
    this.output.write(`${(atMs / 1000).toFixed(2).padStart(6)} s  ${line}${progress}\n`);
  }

  end(): void {}
}

function lineOf(event: DemoEvent): string | null {
  switch (event.kind) {
    case 'preparing':
      return event.what;
    case 'started':
      return `${event.server} is up`;
    case 'sent':
      return event.again ? `chunk ${event.chunk} goes to ${event.server} instead` : null;
    case 'locked':
      return `chunk ${event.chunk} locked by ${event.server}`;
    case 'done':
      return event.ms === null ? null : `chunk ${event.chunk} done by ${event.server} in ${event.ms} ms`;
    case 'refused':
      return `chunk ${event.chunk} not done by ${event.server}: ${event.why}`;
    case 'killed':
      return `${event.server} KILLED (SIGKILL), ${Math.round(event.encodedMs)} ms into chunk ${event.chunk}`;
    case 'still-held':
      return `chunk ${event.chunk} is still locked by the dead ${event.server}, for ${Math.round(event.untilMs)} ms`;
    case 'closing':
      return `the stream is being closed by another process, with ${event.done} chunks done`;
    case 'closed':
      return `the stream is ${event.state}, ${event.outstanding} chunks outstanding`;
    case 'merging':
      return `released to the merger, attempt ${event.attempt}`;
    case 'merged':
      return `merged in ${event.ms} ms`;
    case 'merge-failed':
      return `attempt ${event.attempt} failed: ${event.error}`;
    case 'checking':
      return 'checking the sound';
    default:
      return null;
  }
}

const MARKS: Record<ChunkState, { readonly mark: string; readonly color: number }> = {
  'to come': { mark: '·', color: 90 },
  sent: { mark: '›', color: 36 },
  encoding: { mark: '▸', color: 33 },
  lost: { mark: '✗', color: 31 },
  done: { mark: '■', color: 32 },
};
const REDRAW = 80; // ms; what happens in between is drawn together

class LiveScreen implements Screen {
  #drawn = 0;
  #picture: () => string[] = () => [];
  #step = '';
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly output: DemoOutput,
    private readonly colored: boolean,
  ) {
    this.#timer = setInterval(() => this.#draw(), REDRAW);
    this.output.write('\x1b[?25l');
  }

  show(event: DemoEvent, board: Board): void {
    const line = event.kind === 'locked' || event.kind === 'done' || event.kind === 'sent' ? null : lineOf(event);
    if (line !== null) this.#step = line;
    this.#picture = () => this.#compose(board);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#drawn = 0;
    this.#picture = () => [];
    this.output.write('\x1b[?25h');
  }

  #compose(board: Board): string[] {
    const strip = board.chunks.map(({ state }) => this.#paint(MARKS[state].mark, MARKS[state].color)).join('');
    const counts = (Object.keys(MARKS) as ChunkState[])
      .filter((state) => board.count(state) > 0)
      .map((state) => this.#paint(`${board.count(state)} ${state}`, MARKS[state].color));
    const time = `${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`;
    return [
      '',
      `  ${strip}`,
      `  ${counts.join('  ')}`,
      '',
      ...board.servers.map((server) => {
        const works = server.killedOver === null ? this.#works(board, server.name) : '';
        const dead = server.killedOver === null ? '' : this.#paint(`✗ killed over chunk ${server.killedOver}`, 31);
        return `  ${server.name.padEnd(10)} ${`${server.done} done`.padEnd(9)} ${works}${dead}`;
      }),
      `  ${'stream'.padEnd(10)} ${board.stream}`,
      `  ${time.padEnd(10)} ${this.#step}`,
      `  ${this.#paint(board.sentence, 90)}`,
    ];
  }

  #works(board: Board, server: string): string {
    const encoding = board.chunksOf(server, 'encoding').map((chunk) => this.#paint(`▸${chunk}`, 33));
    const sent = board.chunksOf(server, 'sent').map((chunk) => this.#paint(`›${chunk}`, 36));
    return [...encoding, ...sent].join(' ');
  }

  #paint(text: string, color: number): string {
    return this.colored && text !== '' ? `\x1b[${color}m${text}\x1b[0m` : text;
  }

  /** Over the last picture, line by line: nothing flickers, and a line that grew too long is cut rather than wrapped. */
  #draw(): void {
    const lines = this.#picture().map((line) => cut(line, (this.output.columns ?? 80) - 1));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    this.output.write(`${up}${lines.map((line) => `\r\x1b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }
}

function cut(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  return stripVTControlCharacters(line).slice(0, columns);
}
