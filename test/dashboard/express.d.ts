/** As much of Express as the tests use: it brings no types. */
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Handler = (request: IncomingMessage, response: ServerResponse) => void;
  interface Application extends Handler {
    use(handler: unknown): void;
    use(path: string, handler: Handler): void;
  }
  function express(): Application;
  namespace express {
    export function json(): unknown;
  }
  export default express;
}
