/** How a file is used. It stands apart from what does so: the types of the package lead here. */
export interface SqliteOptions {
  /**
   * `FULL` survives a loss of power, `NORMAL` only the death of the process: after a loss of power the last transactions may be
   * missing, the file stays sound. Default `FULL`.
   */
  readonly synchronous?: 'FULL' | 'NORMAL' | undefined;
  /** How long to try for the file before a `ConnectionError`, in ms. Default 10 s. */
  readonly busyTimeout?: number | undefined;
}
