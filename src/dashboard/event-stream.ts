const ENCODER = new TextEncoder();
/** Bytes that may wait for a reader, beside what the connection takes. */
const BUFFER = 65_536;

/**
 * One reader of server-sent events. Each message is a whole answer, so a reader that is slow gets the latest one when it
 * is ready and never a queue; one that takes nothing for too long is dropped by its owner.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Since when a message waits for the reader, by the clock of this process; `undefined` when none does. */
  stalledSince: number | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #waiting: string | undefined;

  constructor(private readonly onEnd: () => void) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#flush(),
        cancel: () => this.#end(),
      },
      { highWaterMark: BUFFER, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** A message; it takes the place of one that the reader did not take yet. */
  send(event: string, data: string): void {
    this.#offer(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** Shows both sides that the connection stands. */
  beat(): void {
    if (this.#waiting === undefined) this.#offer(':\n\n');
  }

  #offer(text: string): void {
    this.#waiting = text;
    this.#flush();
  }

  #flush(): void {
    const { desiredSize } = this.#controller ?? {};
    if (this.#waiting === undefined || typeof desiredSize !== 'number') return;
    if (desiredSize <= 0) {
      this.stalledSince ??= performance.now();
      return;
    }
    const text = this.#waiting;
    // Before it is handed over: that asks for more at once.
    this.#waiting = undefined;
    this.stalledSince = undefined;
    this.#controller?.enqueue(ENCODER.encode(text));
  }

  /** The server ends it: in order, or because the reader does not read. */
  close(reason?: Error): void {
    const controller = this.#controller;
    this.#end();
    if (reason) controller?.error(reason);
    else controller?.close();
  }

  #end(): void {
    if (!this.#controller) return;
    this.#controller = undefined;
    this.onEnd();
  }
}
