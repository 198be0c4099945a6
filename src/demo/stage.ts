import { Board } from './board.js';
import type { DemoEvent, Emit } from './events.js';

/** Shows a demo while it runs. */
export interface Screen {
  /** Something happened; the board knows of it already. `atMs`: since the start. */
  show(event: DemoEvent, board: Board, atMs: number): void;
  /** The last picture stays; what is printed from now on follows it. Safe to repeat. */
  end(): void;
}

/** Where everything that happens is told, shown, counted and waited for. */
export class Stage {
  readonly board = new Board();
  readonly #screen: Screen;
  readonly #startedAt = performance.now();
  readonly #watchers = new Set<() => void>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Since the start, in ms. */
  get elapsed(): number {
    return performance.now() - this.#startedAt;
  }

  readonly emit: Emit = (event: DemoEvent) => {
    this.board.apply(event, this.elapsed);
    this.#screen.show(event, this.board, this.elapsed);
    for (const watcher of [...this.#watchers]) watcher();
  };

  /** Waits until the board shows something. Rejects with the reason of `signal` when that comes first. */
  until(holds: (board: Board) => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#watchers.delete(look);
        signal.removeEventListener('abort', abort);
      };
      const look = () => {
        if (!holds(this.board)) return;
        leave();
        resolve();
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      else look();
    });
  }
}
