/** Where connections lead. */
export interface Place {
  /** For people: `Redis at 127.0.0.1:6379`. It never holds a password. */
  readonly name: string;
  /** Where a socket without TLS can be opened; undefined when there is none, or when it is not known. */
  readonly plain?: Address | { readonly path: string } | undefined;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The options of a socket that matter here. Each library has its own defaults, and these are both. */
interface SocketOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | null | undefined;
  readonly tls?: unknown;
}

export function placeOf({ host = 'localhost', port = 6379, path, tls }: SocketOptions): Place {
  if (typeof path === 'string' && path !== '') return { name: `Redis at ${path}`, plain: { path } };
  return { name: `Redis at ${addressText({ host, port })}`, plain: tls ? undefined : { host, port: Number(port) } };
}

/** `host:port`, as the servers of a Cluster are called. */
export function placeAt(address: string): Place {
  return { name: `Redis at ${address}` };
}

/** Several servers of which each can lead further: the nodes of a Cluster, or Sentinels. */
export function placeBehind(what: 'the Redis Cluster of' | 'Redis behind the Sentinels', nodes: unknown): Place {
  const addresses = Array.isArray(nodes) ? nodes.map(addressOf).filter((address) => address !== undefined) : [];
  const [first] = addresses;
  if (!first) return { name: what.replace(/ of$/, '') };
  return { name: `${what} ${addresses.map(addressText).join(', ')}`, plain: first.isTls ? undefined : first };
}

interface Node extends Address {
  readonly isTls: boolean;
}

/** In the forms that the libraries allow: a port, a URL, options, or options of a socket. */
function addressOf(node: unknown): Node | undefined {
  if (typeof node === 'number') return { host: '127.0.0.1', port: node, isTls: false };
  if (typeof node === 'string') return addressIn(node.includes('://') ? node : `redis://${node}`);
  const given = (node ?? {}) as SocketOptions & { readonly url?: unknown; readonly socket?: SocketOptions };
  if (typeof given.url === 'string') return addressIn(given.url);
  const { host = '127.0.0.1', port = 6379, tls } = given.socket ?? given;
  return { host, port: Number(port), isTls: Boolean(tls) };
}

/** A URL may hold a password: no more of it is taken. */
function addressIn(url: string): Node | undefined {
  try {
    const { hostname, port, protocol } = new URL(url);
    return { host: hostname, port: Number(port) || 6379, isTls: protocol === 'rediss:' };
  } catch {
    return undefined;
  }
}

function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
