import { ConnectionError } from '../../../core/errors.js';
import { prefixKeys } from './command-keys.js';
import { CONNECT_TIMEOUT, connectFailure, withinTime } from './failures.js';
import { Holding, type Holds } from './holding.js';
import type { NodeRedisSingle } from './node-redis-shape.js';
import { optionsOf, PLAIN_TYPES } from './node-redis-shape.js';
import type { Place } from './place.js';
import { placeOf } from './place.js';
import type { RedisConnection } from './redis-client.js';

/** What holds for every command on it: no time limit, plain shapes. */
const COMMAND = { typeMapping: PLAIN_TYPES, timeout: undefined };

/** It works from the start or is over, and does nothing by itself. */
const ONCE = {
  RESP: 2,
  disableOfflineQueue: true,
  commandsQueueMaxLength: undefined,
  pingInterval: undefined,
  readonly: undefined,
  clientSideCache: undefined,
  emitInvalidate: undefined,
  maintNotifications: 'disabled',
  commandOptions: {},
};

/** One connection with the address, user and TLS of a client. */
export class NodeRedisConnection implements RedisConnection {
  readonly #client: NodeRedisSingle;
  readonly #keyPrefix: string;
  readonly #onOver: () => void;
  readonly #place: Place;
  readonly #holding = new Holding(() => this.#client);
  #isOver = false;

  constructor(
    of: NodeRedisSingle,
    given: { readonly keyPrefix: string; readonly database?: number | undefined; readonly address?: object },
    onOver: () => void,
  ) {
    const socket = { ...optionsOf(of).socket, ...given.address };
    this.#place = placeOf(socket);
    this.#client = of.duplicate({
      ...ONCE,
      ...(given.database === undefined ? {} : { database: given.database }),
      socket: { ...socket, reconnectStrategy: false, socketTimeout: undefined },
    }) as NodeRedisSingle;
    this.#keyPrefix = given.keyPrefix;
    this.#onOver = onOver;
    // The first error is the last: it does not reconnect.
    this.#client.on('error', () => this.destroy());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws ConnectionError; the server's refusal, such as WRONGPASS */
  async open(): Promise<this> {
    try {
      await withinTime(this.#client.connect(), CONNECT_TIMEOUT, () => this.destroy());
      this.#holding.ready();
      return this;
    } catch (error) {
      this.destroy();
      throw await connectFailure(error, this.#place);
    }
  }

  async send(args: readonly string[], holds: Holds = 'keeps-alive'): Promise<unknown> {
    if (this.#isOver) throw new ConnectionError('The connection was closed.');
    const answer = this.#client.sendCommand(prefixKeys(this.#keyPrefix, args), COMMAND);
    return holds === 'keeps-alive' ? this.#holding.until(answer) : answer;
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#client.destroy();
    } catch {
      // Version 5 throws when it was not open.
    }
    this.#onOver();
  }
}
