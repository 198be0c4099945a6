/** How long after a try of a connection another one begins beside it, in ms; less by up to a quarter, so that many spread. */
const ANOTHER_AFTER = 1000;
/** How many tries are under way at most. */
const AT_ONCE = 3;

interface Try {
  open(): Promise<unknown>;
  destroy(): void;
}

/**
 * The first connection that is ready. A system repeats a packet that was dropped after 1, 3, 7 s and so on, and so learns late
 * that the network is back: a try of its own begins each second, until one is ready or one has failed. The first is kept, as
 * a server may be far away, and the newest.
 *
 * @throws what the first that fails throws
 */
export function firstReady<Connection extends Try>(make: () => Connection): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const tries: Connection[] = [];
    let next: NodeJS.Timeout | undefined;
    const end = (ready?: Connection): void => {
      clearTimeout(next);
      for (const one of tries.splice(0)) if (one !== ready) one.destroy();
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const begin = (): void => {
      if (tries.length === AT_ONCE) tries.splice(1, 1)[0]?.destroy();
      try {
        const one = make();
        tries.push(one);
        one.open().then(
          () => {
            if (!tries.includes(one)) return;
            end(one);
            resolve(one);
          },
          (error: unknown) => {
            if (tries.includes(one)) fail(error);
          },
        );
        next = setTimeout(begin, ANOTHER_AFTER * (1 - Math.random() / 4)).unref();
      } catch (error) {
        fail(error);
      }
    };
    begin();
  });
}
