/** Whether a command keeps the process alive until it is answered. */
export type Holds = 'keeps-alive' | 'may-end';

interface Socket {
  ref?(): unknown;
  unref?(): unknown;
}

/** Lets the process end while nobody waits for an answer on a connection, though it is open. */
export class Holding {
  #awaited = 0;

  /** @param socket what the connection goes over; none is known before it is made */
  constructor(private readonly socket: () => Socket | undefined) {}

  /** The connection is made: while that went on it held the process by itself. */
  ready(): void {
    if (this.#awaited === 0) this.socket()?.unref?.();
  }

  until<T>(answer: Promise<T>): Promise<T> {
    if (this.#awaited++ === 0) this.socket()?.ref?.();
    const settled = (): void => {
      if (--this.#awaited === 0) this.socket()?.unref?.();
    };
    answer.then(settled, settled);
    return answer;
  }
}
