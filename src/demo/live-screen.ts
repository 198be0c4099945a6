import { stripVTControlCharacters } from 'node:util';
import type { Board, ChunkState } from './board.js';
import type { DemoEvent } from './events.js';
import { lineOf } from './lines.js';
import type { DemoOutput } from './options.js';
import type { Screen } from './stage.js';

const MARKS: Record<ChunkState, { readonly mark: string; readonly color: number }> = {
  'to come': { mark: '·', color: 90 },
  sent: { mark: '›', color: 36 },
  encoding: { mark: '▸', color: 33 },
  lost: { mark: '✗', color: 31 },
  done: { mark: '■', color: 32 },
};
const INTEREST: readonly ChunkState[] = ['lost', 'encoding', 'sent', 'to come', 'done'];
const REDRAW = 80; // ms; what happens in between is drawn together

/** A picture that is drawn over itself, on a terminal. */
export class LiveScreen implements Screen {
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
    const strip = this.#cells(board).map((state) => this.#paint(MARKS[state].mark, MARKS[state].color));
    const counts = (Object.keys(MARKS) as ChunkState[])
      .filter((state) => board.count(state) > 0)
      .map((state) => this.#paint(`${board.count(state)} ${state}`, MARKS[state].color));
    const time = `${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`;
    return [
      '',
      `  ${strip.join('')}`,
      `  ${counts.join('  ')}`,
      '',
      ...board.servers.map((server) => {
        const works = server.killedOver === null ? this.#works(board, server.name) : '';
        const dead =
          server.killedOver === null ? '' : this.#paint(`✗ killed over chunk ${server.killedOver}`, MARKS.lost.color);
        return `  ${server.name.padEnd(10)} ${`${server.done} done`.padEnd(9)} ${works}${dead}`;
      }),
      `  ${'stream'.padEnd(10)} ${board.stream}`,
      `  ${time.padEnd(10)} ${this.#step}`,
      `  ${this.#paint(board.sentence, 90)}`,
    ];
  }

  /** A cell for a chunk while there is room; for several beyond that, which shows the one that is worth a look. */
  #cells(board: Board): ChunkState[] {
    const perCell = Math.ceil(board.chunks.length / Math.max(1, this.#columns - 4));
    const cells: ChunkState[] = [];
    for (let from = 0; from < board.chunks.length; from += perCell) {
      const states = board.chunks.slice(from, from + perCell).map(({ state }) => state);
      cells.push(INTEREST.find((state) => states.includes(state)) ?? 'to come');
    }
    return cells;
  }

  get #columns(): number {
    return this.output.columns ?? 80;
  }

  #works(board: Board, server: string): string {
    const encoding = board.chunksOf(server, 'encoding').map((chunk) => this.#paint(`▸${chunk}`, MARKS.encoding.color));
    const sent = board.chunksOf(server, 'sent').map((chunk) => this.#paint(`›${chunk}`, MARKS.sent.color));
    return [...encoding, ...sent].join(' ');
  }

  #paint(text: string, color: number): string {
    return this.colored && text !== '' ? `\x1b[${color}m${text}\x1b[0m` : text;
  }

  /** Over the last picture, line by line: nothing flickers, and a line that grew too long is cut rather than wrapped. */
  #draw(): void {
    const lines = this.#picture().map((line) => cut(line, this.#columns - 1));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    this.output.write(`${up}${lines.map((line) => `\r\x1b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }
}

function cut(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  return stripVTControlCharacters(line).slice(0, columns);
}
