import type { Board } from './board.js';
import type { DemoEvent } from './events.js';
import { lineOf } from './lines.js';
import { LiveScreen } from './live-screen.js';
import type { DemoOutput } from './options.js';
import type { Screen } from './stage.js';

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
