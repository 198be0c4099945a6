/** Keeps the event loop of this process from turning, as a large computation does. */
export function holdUpTheLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
