/** Called once, with an error or with `null` and the answer. */
export type Callback<Answer extends readonly unknown[] = []> = (error: Error | null, ...answer: Answer) => void;

/**
 * Hands the end of a promise to a callback, or its error to `report` where there is none. Both run outside of the
 * promise: what a callback throws is an uncaught exception, as in every interface with callbacks, never an unhandled
 * rejection, and the callback is not called again with it.
 */
export function callBack<Answer extends readonly unknown[]>(
  promise: Promise<Answer>,
  callback: Callback<Answer> | undefined,
  report: (error: Error) => void,
): void {
  const refuse = typeof callback === 'function' ? (callback as unknown as (error: Error) => void) : report;
  promise.then(
    (answer) => {
      if (typeof callback === 'function') process.nextTick(() => callback(null, ...answer));
    },
    (error: Error) => process.nextTick(() => refuse(error)),
  );
}
