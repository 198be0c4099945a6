/** Whether it is an Error, of whichever realm: Node's own are of another one in Jest and in `vm`. Never throws. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}
