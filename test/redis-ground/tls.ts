/** TLS in front of a plain server, with a certificate for 127.0.0.1 that nobody trusts unless told to. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

const at = (name: string): string => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

export interface TlsFront {
  readonly port: number;
  /** The certificate to trust, and the file that it is in. */
  readonly ca: string;
  readonly caFile: string;
  stop(): Promise<void>;
}

export async function startTls(target: { readonly port: number }): Promise<TlsFront> {
  const caFile = at('server.pem');
  const ca = readFileSync(caFile, 'utf8');
  const open = new Set<Socket>();
  const server = createServer({ cert: ca, key: readFileSync(at('server-key.pem')) }, (client) => {
    const upstream = createConnection({ host: '127.0.0.1', port: target.port });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('TLS does not listen');
  const stop = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: address.port, ca, caFile, stop };
}
