import { LONGEST_TIMER } from '../core/timers.js';
/** Something that changes: those who wait for a condition look again at each change. */
export class Changes {
  readonly #looks = new Set<() => void>();

  tell(): void {
    if (this.#looks.size === 0) return;
    for (const look of [...this.#looks]) look();
  }

  /** Resolves when the condition holds, at the latest after `ms`. */
  until(condition: () => boolean, ms?: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve();
      };
      const look = (): void => {
        if (condition()) end();
      };
      const timer = ms === undefined ? undefined : setTimeout(end, Math.min(ms, LONGEST_TIMER));
      this.#looks.add(look);
    });
  }
}
