/** The least between two readings, in ms; a reading that took long is followed by a pause of four times as long. */
const PAUSE = 1000;
const REST = 4;

/** Reads again when it is wanted, one reading at a time and with pauses; a wish during a reading is not lost. */
export class Refresher {
  readonly #stop = new AbortController();
  #isWanted = false;
  #isBusy = false;
  #notBefore = 0;

  constructor(private readonly read: (signal: AbortSignal) => Promise<void>) {}

  want(): void {
    this.#isWanted = true;
    if (!this.#isBusy) void this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    const { signal } = this.#stop;
    while (this.#isWanted && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.#notBefore - performance.now())));
      if (signal.aborted) break;
      this.#isWanted = false;
      const from = performance.now();
      await this.read(signal);
      const at = performance.now();
      this.#notBefore = at + Math.max(PAUSE, (at - from) * REST);
    }
    this.#isBusy = false;
  }
}
