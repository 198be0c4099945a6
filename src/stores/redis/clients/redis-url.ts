import { InvalidArgumentError } from '../../../core/errors.js';

/** What a `redis:` or `rediss:` URL says. */
export interface RedisAddress {
  readonly host: string;
  /** Default 6379. */
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The number of the database, default 0. */
  readonly database: number;
  readonly isTls: boolean;
  readonly isCluster: boolean;
}

const FORM = 'redis[s]://[[user]:password@]host[:port][/database][?cluster=true]';

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database][?cluster=true]`.
 *
 * - `rediss:` is TLS; what it trusts is Node's to say (`NODE_EXTRA_CA_CERTS`).
 * - `valkey:` and `valkeys:` mean the same as `redis:` and `rediss:`.
 * - User and password are percent-encoded: `@` is `%40`, `/` is `%2F`, `#` is `%23`.
 * - IPv6 addresses stand in brackets.
 * - `cluster=true` opens a Cluster client that starts from this node. Any other parameter is refused, so that nobody
 *   believes in one that does nothing.
 *
 * @throws InvalidArgumentError that shows nothing of what stands after the scheme
 */
export function parseRedisUrl(text: string): RedisAddress {
  const [, scheme] = /^((?:redis|valkey)s?):\/\//.exec(text) ?? [];
  if (!scheme) throw refused('redis', 'it begins with neither redis:// nor rediss:// (nor valkey://, valkeys://)');
  const url = parsed(text, scheme);
  if (url.hash !== '') throw refused(scheme, 'a # in the password is written %23');
  const address: RedisAddress = {
    host: decoded(url.hostname, scheme).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    username: url.username === '' ? undefined : decoded(url.username, scheme),
    password: url.password === '' ? undefined : decoded(url.password, scheme),
    database: databaseOf(url, scheme),
    isTls: scheme === 'rediss' || scheme === 'valkeys',
    isCluster: isCluster(url, scheme),
  };
  if (address.host === '') throw refused(scheme, 'the host is missing');
  if (address.port === 0) throw refused(scheme, 'port 0 cannot be connected to');
  if (address.username !== undefined && address.password === undefined) {
    throw refused(scheme, 'there is a user without a password');
  }
  if (address.isCluster && address.database !== 0) throw refused(scheme, 'a Cluster has database 0 only');
  return address;
}

function parsed(text: string, scheme: string): URL {
  try {
    return new URL(text);
  } catch {
    // The error of URL holds its input.
    throw refused(scheme, 'it is no URL; are @, / and # in the password written %40, %2F and %23');
  }
}

function decoded(part: string, scheme: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(scheme, 'a % in the user or password is written %25');
  }
}

function databaseOf(url: URL, scheme: string): number {
  const [, digits] = /^\/?(\d{0,9})$/.exec(url.pathname) ?? [];
  if (digits === undefined) throw refused(scheme, 'the database after the slash is no whole number');
  return Number(digits);
}

function isCluster(url: URL, scheme: string): boolean {
  for (const name of url.searchParams.keys()) {
    if (name !== 'cluster') throw refused(scheme, 'there is a parameter other than cluster');
  }
  const [value, ...more] = url.searchParams.getAll('cluster');
  if (value === undefined) return false;
  if (more.length === 0 && (value === 'true' || value === 'false')) return value === 'true';
  throw refused(scheme, 'cluster is neither true nor false');
}

function refused(scheme: string, reason: string): InvalidArgumentError {
  return new InvalidArgumentError('url', `${scheme}://…`, `${FORM}; ${reason}`);
}
