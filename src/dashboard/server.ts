import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidArgumentError } from '../index.js';
import { isLoopback, LOOPBACK_HOSTS } from './guard.js';
import { toNodeListener } from './node-listener.js';
import type { DashboardOptions } from './options.js';
import { resolveOptions } from './options.js';
import { Site } from './site.js';

/** Where `serveDashboard` listens unless told otherwise. */
export const DEFAULT_PORT = 8875;
/** Connections beside the streams: more are not accepted. */
const CONNECTIONS = 200;

export interface ServeOptions extends DashboardOptions {
  /** Where to listen. Default `127.0.0.1`; any other than a loopback address needs `token` or `authorize`. */
  readonly host?: string | undefined;
  /** Where to listen. Default 8875; 0 takes a free one. */
  readonly port?: number | undefined;
}

export interface ServedDashboard extends AsyncDisposable {
  /** Where browsers find it. */
  readonly url: string;
  readonly port: number;
  /** Ends the streams and closes the server. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * A server for the dashboard alone.
 *
 * @throws InvalidArgumentError, and the error of the listening socket, such as `EADDRINUSE`
 * @example
 * const { url, close } = await serveDashboard({ tusker, readOnly: false })
 */
export async function serveDashboard(options: ServeOptions): Promise<ServedDashboard> {
  const { host = '127.0.0.1', port = DEFAULT_PORT, ...rest } = options;
  if (typeof host !== 'string' || host === '') throw new InvalidArgumentError('options.host', host, 'a host name');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('options.port', port, 'a whole number from 0 to 65535');
  }
  const isGuarded = rest.token !== undefined || rest.authorize !== undefined;
  if (!isLoopback(host) && !isGuarded) {
    throw new InvalidArgumentError('options.host', host, 'a loopback address, unless token or authorize is given');
  }
  const hosts = rest.hosts ?? [...LOOPBACK_HOSTS, ...(isWildcard(host) ? [] : [bracketed(host)])];
  const resolved = resolveOptions({ ...rest, hosts });
  const site = new Site(resolved);
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 },
    toNodeListener((request) => site.answer(request)),
  );
  server.maxConnections = resolved.maxStreams + CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    site.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  const shown = isWildcard(host) ? (hosts.find((name) => !isLoopback(name)) ?? '127.0.0.1') : bracketed(host);
  return { url: `http://${shown}:${actual}${resolved.basePath}/`, port: actual, close, [Symbol.asyncDispose]: close };
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
