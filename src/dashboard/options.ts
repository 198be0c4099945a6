import { InvalidArgumentError } from '../index.js';
import { isLoopback, LOOPBACK_HOSTS } from './guard.js';
import type { DashboardNamespace } from './reader.js';

export interface DashboardOptions {
  /** The namespace to show. Default none: this or `namespaces` must be given. */
  readonly tusker?: DashboardNamespace | undefined;
  /** Several namespaces to show, such as `[tusker.namespace('songs'), tusker.namespace('films')]`. Default none. */
  readonly namespaces?: readonly DashboardNamespace[] | undefined;
  /** Only look, change nothing. Default true. */
  readonly readOnly?: boolean | undefined;
  /** A secret of at least 16 characters that people log in with. Default none: without it, and without `authorize`, everybody may look. */
  readonly token?: string | undefined;
  /** The application's own check, asked for every request: only `true` lets it in. Default none. */
  readonly authorize?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /**
   * The host names, without port, by which browsers may come. Default: those of this machine to itself. Others need
   * `token` or `authorize`.
   */
  readonly hosts?: readonly string[] | undefined;
  /** Where the dashboard is mounted, such as `/ops/tusker`. Default: at the root. */
  readonly basePath?: string | undefined;
  /** How many pages are kept up to date by events at once; others ask every two seconds. Default 100; at most 10 000. */
  readonly maxStreams?: number | undefined;
}

export interface ResolvedOptions {
  readonly namespaces: readonly DashboardNamespace[];
  readonly readOnly: boolean;
  readonly token: string | undefined;
  readonly authorize: DashboardOptions['authorize'];
  readonly hosts: readonly string[];
  readonly basePath: string;
  readonly maxStreams: number;
}

const NAMES: readonly string[] = [
  'tusker',
  'namespaces',
  'readOnly',
  'token',
  'authorize',
  'hosts',
  'basePath',
  'maxStreams',
];
const MIN_TOKEN = 16;

/** Options checked once, with their defaults. @throws InvalidArgumentError */
export function resolveOptions(options: DashboardOptions): ResolvedOptions {
  for (const [name, value] of Object.entries(options ?? {})) {
    if (!NAMES.includes(name)) throw new InvalidArgumentError(`options.${name}`, value, NAMES.join(', '));
  }
  const { readOnly = true, authorize, maxStreams = 100 } = options;
  if (typeof readOnly !== 'boolean') throw new InvalidArgumentError('options.readOnly', readOnly, 'true or false');
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw new InvalidArgumentError('options.authorize', authorize, 'a function');
  }
  if (!Number.isInteger(maxStreams) || maxStreams < 1 || maxStreams > 10_000) {
    throw new InvalidArgumentError('options.maxStreams', maxStreams, 'a whole number from 1 to 10000');
  }
  const token = checkToken(options.token);
  const hosts = checkHosts(options.hosts, token !== undefined || authorize !== undefined);
  return {
    namespaces: checkNamespaces(options),
    readOnly,
    token,
    authorize,
    hosts,
    basePath: checkBasePath(options.basePath),
    maxStreams,
  };
}

function checkNamespaces({ tusker, namespaces = [] }: DashboardOptions): readonly DashboardNamespace[] {
  const all = [...(tusker ? [tusker] : []), ...namespaces];
  const isFit = all.length > 0 && all.every((one) => typeof one?.explain === 'function');
  if (!isFit) throw new InvalidArgumentError('options.tusker', tusker, 'a tusker, or several in options.namespaces');
  return all;
}

function checkToken(token: unknown): string | undefined {
  if (token === undefined) return undefined;
  // The value stays out of the message: messages are logged.
  if (typeof token !== 'string') throw new InvalidArgumentError('options.token', typeof token, 'a text');
  if (token.length >= MIN_TOKEN) return token;
  throw new InvalidArgumentError('options.token', `${token.length} characters`, `at least ${MIN_TOKEN} characters`);
}

function checkHosts(given: unknown, isGuarded: boolean): readonly string[] {
  if (given === undefined) return LOOPBACK_HOSTS;
  const isList = Array.isArray(given) && given.every((host) => typeof host === 'string' && isHostName(host));
  if (!isList) throw new InvalidArgumentError('options.hosts', given, 'host names without port');
  const hosts = (given as string[]).map((host) => host.toLowerCase());
  if (isGuarded || hosts.every(isLoopback)) return hosts;
  throw new InvalidArgumentError(
    'options.hosts',
    given,
    'names of this machine to itself, unless token or authorize is given',
  );
}

function isHostName(host: string): boolean {
  return /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/i.test(host);
}

function checkBasePath(given: unknown): string {
  if (given === undefined || given === '' || given === '/') return '';
  const isPath = typeof given === 'string' && /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/.test(given);
  if (!isPath) throw new InvalidArgumentError('options.basePath', given, "a path such as '/ops/tusker'");
  return given.replace(/\/$/, '');
}
