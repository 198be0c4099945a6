import { hostname } from 'node:os';
import { Connection } from './client/connection.js';
import { Inspection } from './client/inspection.js';
import { holderName } from './client/lock.js';
import type { NamespaceOptions } from './client/namespace-options.js';
import { checkNamespaceOptions, NAMESPACE_OPTION_NAMES, NO_DEFAULTS } from './client/namespace-options.js';
import type { Schemas, Session, Settings } from './client/session.js';
import type { StopOptions, StopReport } from './client/stopping.js';
import type { Payloads } from './client/verbs.js';
import type { ContactEvents } from './core/contact.js';
import { DEFAULT_MAX_PAYLOAD, namespaceName, optionsObject, wholeNumber } from './core/options.js';
import type { StandardSchema } from './core/schema.js';
import { schemaOption } from './core/schema.js';
import type { Store } from './core/store.js';
import type { FailedHandler, FailedWorkOptions, WorkHandler, WorkOptions } from './worker/work.js';
import { Worker } from './worker/worker.js';

/** What readers get and writers give in a namespace, by plain types. */
export interface TaskTypes {
  info?: unknown;
  /** The result of a unit. */
  unit?: unknown;
  /** The result of a task. */
  result?: unknown;
}
type Member<T, Key extends string> = Key extends keyof T ? T[Key] : unknown;

/** Plain types: writers give what readers get. */
export interface PlainPayloads<T extends TaskTypes> {
  info: Member<T, 'info'>;
  unit: Member<T, 'unit'>;
  result: Member<T, 'result'>;
  infoIn: Member<T, 'info'>;
  unitIn: Member<T, 'unit'>;
  resultIn: Member<T, 'result'>;
}

type Output<S, Key extends string> = Member<S, Key> extends StandardSchema<infer _Input, infer Out> ? Out : unknown;
type Input<S, Key extends string> = Member<S, Key> extends StandardSchema<infer In, infer _Output> ? In : unknown;

/** The types that the schemas of a namespace say. */
export interface SchemaPayloads<S> {
  info: Output<S, 'info'>;
  unit: Output<S, 'unit'>;
  result: Output<S, 'result'>;
  infoIn: Input<S, 'info'>;
  unitIn: Input<S, 'unit'>;
  resultIn: Input<S, 'result'>;
}

/** One namespace of tasks: its own queue, schemas and statistics over a shared connection. */
export class Tusker<P extends Payloads = Payloads> extends Inspection<P> implements AsyncDisposable {
  readonly #connection: Connection;

  /** @internal Made by `createTusker`. */
  constructor(connection: Connection, session: Session) {
    super(session);
    this.#connection = connection;
  }

  /** The name of the namespace. */
  get name(): string {
    return this.session.store.name;
  }

  /**
   * Another namespace over the same connection. Its types come from its schemas (any Standard Schema), or are given:
   * `tusker.namespace<{ info: Room; unit: Part; result: Song }>('songs')`.
   *
   * The other options hold where a call names nothing else: first comes what a call of the task named (`open` too),
   * then the option of the namespace, then that of `createTusker`, then the default.
   *
   * @throws InvalidArgumentError
   * @example
   * const songs = tusker.namespace('songs', { ttl: 20_000, wait: 5_000, attempts: 3, retention: 86_400_000 })
   */
  namespace<const S extends Schemas>(
    name: string,
    options: NamespaceOptions & { readonly schema: S },
  ): Tusker<SchemaPayloads<S>>;
  namespace<T extends TaskTypes = object>(
    name: string,
    options?: NamespaceOptions & { readonly schema?: Schemas | undefined },
  ): Tusker<PlainPayloads<T>>;
  namespace(name: string, options: NamespaceOptions & { readonly schema?: Schemas | undefined } = {}): Tusker {
    const given = optionsObject('options', options, ['schema', ...NAMESPACE_OPTION_NAMES] as const);
    const { schema, ...rest } = given;
    const defaults = checkNamespaceOptions(rest, this.#connection.defaults);
    return new Tusker(this.#connection, this.#connection.session(namespaceName(name), checkSchemas(schema), defaults));
  }

  /**
   * Listens to what is told of the way to the server, for all namespaces of this connection: `error` when it is lost or cannot be
   * reached, `reconnecting` at each try, `connected` when it answers. Nothing is told while nothing is asked of the store, and
   * never by a store in memory or in a file. Without a listener nothing is thrown: calls reject by themselves.
   *
   * @throws InvalidArgumentError
   * @example
   * tusker.on('error', (error) => log.warn(error.message))
   *   .on('connected', ({ server, after }) => log.info(`${server} answers${after === null ? '' : ` after ${after} ms`}`))
   */
  on<Name extends keyof ContactEvents>(event: Name, listener: (...event: ContactEvents[Name]) => unknown): this {
    this.session.contact.on(event, listener);
    return this;
  }

  /** Ends what `on` began with this listener. @throws InvalidArgumentError */
  off<Name extends keyof ContactEvents>(event: Name, listener: (...event: ContactEvents[Name]) => unknown): this {
    this.session.contact.off(event, listener);
    return this;
  }

  /**
   * Works on released tasks: `handler` merges one and returns its result. Keeps the process alive until stopped.
   *
   * @throws InvalidArgumentError
   * @example
   * songs.work(async ({ results, signal }) => ({ url: await merge(await results(), signal) }), { concurrency: 8 })
   */
  work(
    handler: WorkHandler<P['info'], P['unit'], P['resultIn']>,
    options: WorkOptions = {},
  ): Worker<P['info'], P['unit'], P['resultIn']> {
    return new Worker(this.session, { on: 'released', handler, options });
  }

  /**
   * Hears of each failed task, once: `handler` gets it alone, under a lease, until it returns; that acknowledges the failure, and
   * it is given again only when the task was retried and fails anew. What throws is given again after a backoff (1 s, growing to
   * 5 min), without end; after a `FatalError` it counts as acknowledged. A process that dies leaves it to the next consumer.
   *
   * Tasks that failed before are given too, and cancelled ones. From the first consumer on the namespace keeps its failed tasks
   * until they are acknowledged, retried or removed, however many and however old. `retry(task)` in the handler settles it.
   *
   * An event `completed` says that one is acknowledged, `failed` that its handler threw. Keeps the process alive until stopped.
   *
   * @throws InvalidArgumentError
   * @example
   * songs.workFailed(async ({ task, error, signal }) => { await page(`${task}: ${error.message}`, { signal }) })
   */
  workFailed(
    handler: FailedHandler<P['info']>,
    options: FailedWorkOptions = {},
  ): Worker<P['info'], P['unit'], P['resultIn']> {
    return new Worker(this.session, { on: 'failed', handler, options });
  }

  /**
   * Ends the connection and all its namespaces. No lock, no claim is given any more. What is under way may finish within
   * a grace: handlers of workers, `run`s, locks and claims in hand. Then their signals abort, and what is left is given
   * up for others: locks that this process renews are let go, claims are given back, no attempt spent. Then calls under
   * way are answered, and later ones throw `StoppedError`.
   *
   * All of it has one deadline, however the store is: what it could not be told in time is named in the answer. Within
   * the handler of a worker it waits for all but that handler. Safe to repeat: the first call's options count.
   *
   * @throws InvalidArgumentError
   * @example
   * const { locks, claims, calls } = await tusker.stop({ grace: 20_000, timeout: 25_000 })
   */
  stop(options?: StopOptions): Promise<StopReport> {
    return this.#connection.stop(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function checkSchemas(value: unknown): Schemas {
  const given = optionsObject('options.schema', value, ['info', 'unit', 'result'] as const);
  const schemas: { -readonly [Key in keyof Schemas]: Schemas[Key] } = {};
  for (const key of ['info', 'unit', 'result'] as const) {
    const schema = schemaOption(`options.schema.${key}`, given[key]);
    if (schema) schemas[key] = schema;
  }
  return schemas;
}

/** What holds for all namespaces of a tusker, and the schemas of its own. */
export interface TuskerOptions<S extends Schemas = Schemas> extends NamespaceOptions {
  /** Schemas of the tusker's own namespace; each of the others has those that it names. Default none. */
  readonly schema?: S | undefined;
  /** The most bytes of JSON in an info, a result or an error. Default 1 MiB; at most 512 MiB. */
  readonly maxPayload?: number | undefined;
  /** How many calls may wait for the store before `BusyError`. Default 100 000; at most 10 million. */
  readonly maxQueue?: number | undefined;
  /** For people: who holds the locks and claims of this process. Default `host:pid`; at most 200 characters. */
  readonly holder?: string | undefined;
}

/** A tusker over a store, with checked options. */
export function tuskerOver(store: Store, options: unknown): Tusker {
  const names = ['schema', 'maxPayload', 'maxQueue', 'holder', ...NAMESPACE_OPTION_NAMES] as const;
  const { schema, maxPayload, maxQueue, holder, ...rest } = optionsObject('options', options, names);
  const settings: Settings = {
    maxPayload:
      maxPayload === undefined ? DEFAULT_MAX_PAYLOAD : wholeNumber('options.maxPayload', maxPayload, 1, 2 ** 29),
    maxQueue: maxQueue === undefined ? 100_000 : wholeNumber('options.maxQueue', maxQueue, 1, 10_000_000),
    holder: holder === undefined ? `${hostname()}:${process.pid}`.slice(-200) : holderName(holder, 'options.holder'),
  };
  const connection = new Connection(store, settings, checkNamespaceOptions(rest, NO_DEFAULTS));
  return new Tusker(connection, connection.session(undefined, checkSchemas(schema)));
}
