/**
 * A TCP proxy in front of a server that breaks connections at chosen points. It reads the commands of the client and
 * the replies of the server, pipelined or not, so that a fault hits one command and no other.
 *
 * It does not follow a connection into RESP2 subscriptions and MONITOR, where replies come without commands.
 */
import { once } from 'node:events';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { ProxyConnection } from './proxy-connection.js';

/**
 * What happens to a command:
 * - `cut-before-request`: it never reaches the server; those before it are answered, then the connection breaks;
 * - `cut-in-request`: the same, but the server gets half of it;
 * - `cut-before-reply`: it runs, and the connection breaks in place of its reply;
 * - `cut-in-reply`: it runs, and the connection breaks in the middle of its reply;
 * - `stall-request`, `stall-reply`: it, or its reply, and all behind it never arrive; the connection stays open;
 * - `{ delay }`: its reply, and all behind it, come so many ms later.
 */
export type Fault =
  | 'cut-before-request'
  | 'cut-in-request'
  | 'cut-before-reply'
  | 'cut-in-reply'
  | 'stall-request'
  | 'stall-reply'
  | { readonly delay: number };

/** The faults that end a connection, in the order of time. */
export const CUTS = ['cut-before-request', 'cut-in-request', 'cut-before-reply', 'cut-in-reply'] as const;

export interface ProxiedCommand {
  /** In capitals. */
  readonly name: string;
  readonly words: readonly string[];
  /** Which connection of the proxy, from 0. */
  readonly connection: number;
  /** Which command of its connection, from 0. */
  readonly index: number;
}

/** Says what happens to a command; nothing lets it pass. It is asked once for each, in order. */
export type Rule = (command: ProxiedCommand) => Fault | undefined;

export async function startProxy(target: { readonly port: number }): Promise<RedisProxy> {
  const proxy = new RedisProxy(target.port);
  await proxy.listen();
  return proxy;
}

export class RedisProxy {
  readonly host = '127.0.0.1';
  /** Asked for every command. A test sets it. */
  rule: Rule | undefined;
  readonly #server: Server;
  readonly #connections = new Set<ProxyConnection>();
  #count = 0;
  #commands = 0;
  #isDown = false;
  #target: number;

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer({ noDelay: true }, (socket) => {
      if (this.#isDown) {
        socket.destroy();
        return;
      }
      const index = this.#count++;
      const connection = new ProxyConnection(socket, this.#target, {
        index,
        rule: (command) => this.#ask(command),
        onEnd: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  /** How many commands have come so far. */
  get commands(): number {
    return this.#commands;
  }

  /** How many connections there have been. */
  get connectionsSoFar(): number {
    return this.#count;
  }

  /** How many connections are open. */
  get openConnections(): number {
    return this.#connections.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, this.host);
    await once(this.#server, 'listening');
  }

  #ask(command: ProxiedCommand): Fault | undefined {
    this.#commands++;
    return this.rule?.(command);
  }

  /** The next command that fits gets the fault, and no other. Resolves when it has come. */
  next(fault: Fault, fits: (command: ProxiedCommand) => boolean = () => true): Promise<ProxiedCommand> {
    return new Promise((resolve) => {
      this.rule = (command) => {
        if (!fits(command)) return undefined;
        this.rule = undefined;
        resolve(command);
        return fault;
      };
    });
  }

  /** Resolves when so many commands that fit have come; they all pass. */
  passed(count: number, fits: (command: ProxiedCommand) => boolean): Promise<void> {
    return new Promise((resolve) => {
      let seen = 0;
      this.rule = (command) => {
        if (fits(command) && ++seen >= count) {
          this.rule = undefined;
          resolve();
        }
        return undefined;
      };
    });
  }

  /** Breaks all connections now. */
  cutAll(): void {
    for (const connection of this.#connections) connection.cut();
  }

  /** Breaks all connections and takes no new one until `goUp`. */
  goDown(): void {
    this.#isDown = true;
    this.cutAll();
  }

  goUp(): void {
    this.#isDown = false;
  }

  /** New connections lead to another server, as when a name or an address is taken over; open ones stay where they are. */
  leadTo(target: { readonly port: number }): void {
    this.#target = target.port;
  }

  async stop(): Promise<void> {
    this.cutAll();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
