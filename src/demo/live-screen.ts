import { stripVTControlCharacters } from 'node:util';
import type { Board, ChunkState, ServerView } from './board.js';
import type { DemoEvent } from './events.js';
import { lineOf } from './lines.js';
import type { DemoOutput } from './options.js';
import type { Screen } from './stage.js';

const GREY = 90;
const SENTENCE_LINES = 2;
const MARKS: Record<ChunkState, { readonly mark: string; readonly color: number }> = {
  'to come': { mark: '·', color: GREY },
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
  #arriving = false;
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
    if (event.kind === 'sent') this.#arriving ||= this.#tell('chunks arrive in random order');
    else if (event.kind !== 'locked' && event.kind !== 'done') this.#tell(lineOf(event) ?? this.#step);
    this.#picture = () => this.#compose(board);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#drawn = 0;
    this.#picture = () => [];
    this.output.write('\x1b[?25h');
  }

  #tell(step: string): true {
    this.#step = step;
    return true;
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
      ...board.servers.map((server) =>
        row(server.name, `${`${server.done} done`.padEnd(9)} ${this.#now(board, server)}`),
      ),
      row('stream', board.stream),
      row(time, this.#step),
      ...folded(board.sentence, this.#columns - 4, SENTENCE_LINES).map((line) => `  ${this.#paint(line, GREY)}`),
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

  /** What a server is at now. */
  #now(board: Board, { name, killedOver }: ServerView): string {
    if (killedOver !== null) return this.#paint(`killed over chunk ${killedOver}`, MARKS.lost.color);
    return (['encoding', 'lost', 'sent'] as const)
      .flatMap((state) =>
        board.chunksOf(name, state).map((chunk) => this.#paint(`${MARKS[state].mark}${chunk}`, MARKS[state].color)),
      )
      .join(' ');
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

function row(head: string, text: string): string {
  return `  ${head.padEnd(10)} ${text}`;
}

/** A text in exactly so many lines, broken between words; what does not fit is left out. */
function folded(text: string, columns: number, lines: number): string[] {
  const rows = [''];
  for (const word of text.split(' ')) {
    const last = rows.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > columns) rows.push(word);
    else rows[rows.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return Array.from({ length: lines }, (_, at) => rows[at] ?? '');
}
