import type { ChannelMessages, ReadMessage } from '../index.js';
import { carrierText, contextOf } from './carrier.js';
import type { OpenTelemetryApi, OtelContext, OtelLink, OtelSpan, OtelTracer } from './open-telemetry.js';
import type { OperationName } from './operations.js';
import { failureOf, OPERATIONS } from './operations.js';
import type { Subscriptions } from './subscribing.js';

/** SDKs keep 128 links in a span unless told otherwise; one of them is to the close. */
const MAX_UNIT_LINKS = 127;

/** A task being processed: where its units are linked to, and its settling belongs. */
interface Attempt {
  readonly span: OtelSpan;
  readonly context: OtelContext;
  readonly linked: Set<string>;
}

type SpanMessage = ChannelMessages[OperationName];
type CallName = Exclude<OperationName, 'claim' | 'run' | 'process'>;
type SettlingName = 'complete' | 'fail-claim' | 'give-back';
const CALLS: readonly CallName[] = ['lock', 'unlock', 'fail', 'let-go', 'close', 'complete', 'fail-claim', 'give-back'];

/**
 * Makes spans of what the channels tell, after the semantic conventions for messaging: a namespace is the destination, a
 * task the conversation. Names of spans hold the operation and the namespace, nothing else.
 */
export class Spans {
  readonly #spans = new WeakMap<object, OtelSpan>();
  readonly #lookedAt = new WeakMap<object, Date>();
  readonly #attempts = new Map<string, Attempt>();

  constructor(
    private readonly api: OpenTelemetryApi,
    private readonly tracer: OtelTracer,
  ) {}

  follow(subscriptions: Subscriptions): void {
    for (const name of CALLS) {
      subscriptions.on(name, 'start', (message) => this.#startCall(name, message));
      subscriptions.on(name, 'asyncEnd', (message) => this.#endCall(message));
    }
    subscriptions.on('claim', 'start', (message) => this.#lookedAt.set(message, new Date()));
    subscriptions.on('claim', 'asyncEnd', (message) => this.#received(message));
    subscriptions.on('run', 'start', (message) => this.#startRun(message));
    subscriptions.on('run', 'asyncEnd', (message) => this.#end(message));
    subscriptions.on('process', 'start', (message) => this.#startProcess(message));
    subscriptions.on('process', 'asyncEnd', (message) => this.#end(message));
    subscriptions.onNote('read', (message) => this.#linkUnits(message));
  }

  #startCall(name: CallName, message: ChannelMessages[CallName]): void {
    // What settles an attempt comes after its handler, outside of its context.
    const attempt = isOfAttempt(message) ? this.#attempts.get(attemptKey(message)) : undefined;
    const parent = attempt?.context ?? this.api.context.active();
    const span = this.#start(name, message, parent);
    if ('context' in message) message.context = carrierText(this.api, this.api.trace.setSpan(parent, span));
  }

  #endCall(message: ChannelMessages[CallName]): void {
    const { result } = message;
    const span = this.#spans.get(message);
    if (result) span?.setAttribute('tusker.outcome', result.kind);
    this.#end(message, result && (result.kind === 'lost' || result.kind === 'stale') ? result.kind : undefined);
    if (isOfAttempt(message)) this.#attempts.delete(attemptKey(message));
  }

  #startRun(message: ChannelMessages['run']): void {
    const parent = this.api.context.active();
    const within = this.api.trace.setSpan(parent, this.#start('run', message, parent));
    message.wrappers.push((work) => this.api.context.with(within, work));
  }

  #startProcess(message: ChannelMessages['process']): void {
    // The context of the worker's loop is that of whoever started it: the attempt belongs to what closed the task.
    const parent = contextOf(this.api, message.context);
    const span = this.#start('process', message, parent, linksTo(this.api, [message.context]));
    span.setAttribute('tusker.attempt', message.attempt);
    const context = this.api.trace.setSpan(parent, span);
    this.#attempts.set(attemptKey(message), { span, context, linked: new Set() });
    message.wrappers.push((work) => this.api.context.with(context, work));
  }

  /** Only a look that found something is a span; the links lead to what closed the tasks. */
  #received(message: ChannelMessages['claim']): void {
    const claimed = (message.result ?? []).flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome] : []));
    if (claimed.length === 0) return;
    const { kind, attributes } = OPERATIONS.claim(message);
    const links = linksTo(
      this.api,
      claimed.map(({ context }) => context),
    );
    const startTime = this.#lookedAt.get(message) ?? new Date();
    const [only] = claimed;
    const name = `claim ${message.namespace}`;
    const span = this.tracer.startSpan(name, { kind, attributes, links, startTime }, this.api.ROOT_CONTEXT);
    span.setAttribute('messaging.batch.message_count', claimed.length);
    if (only && claimed.length === 1) span.setAttribute('messaging.message.conversation_id', only.task);
    span.end();
  }

  #linkUnits(message: ReadMessage): void {
    const attempt = this.#attempts.get(attemptKey(message));
    if (!attempt) return;
    for (const text of message.contexts) {
      if (attempt.linked.size >= MAX_UNIT_LINKS) return;
      if (attempt.linked.has(text)) continue;
      attempt.linked.add(text);
      for (const link of linksTo(this.api, [text])) attempt.span.addLink(link);
    }
  }

  #start(name: OperationName, message: SpanMessage, parent: OtelContext, links: OtelLink[] = []): OtelSpan {
    const describe = OPERATIONS[name] as (message: SpanMessage) => ReturnType<(typeof OPERATIONS)[OperationName]>;
    const { kind, attributes } = describe(message);
    const span = this.tracer.startSpan(`${name} ${message.namespace}`, { kind, attributes, links }, parent);
    this.#spans.set(message, span);
    return span;
  }

  #end(message: SpanMessage, refusal?: string): void {
    const span = this.#spans.get(message);
    if (!span) return;
    const failure = refusal ?? ('error' in message ? failureOf(message.error) : undefined);
    if (message.error instanceof Error) span.recordException(message.error);
    if (failure !== undefined) {
      span.setAttribute('error.type', failure);
      span.setStatus({ code: ERROR });
    }
    span.end();
  }
}

/** `SpanStatusCode.ERROR`. */
const ERROR = 2;

/** Of what happens to one attempt. */
interface OfAttempt {
  readonly namespace: string;
  readonly task: string;
  readonly token: number;
}

function attemptKey({ namespace, task, token }: OfAttempt): string {
  return JSON.stringify([namespace, task, token]);
}

/** Whether the message is about an attempt, and not about a unit or a whole task. */
function isOfAttempt(message: ChannelMessages[CallName]): message is ChannelMessages[SettlingName] {
  return 'token' in message && !('unit' in message);
}

function linksTo(api: OpenTelemetryApi, texts: readonly (string | null)[]): OtelLink[] {
  return texts.flatMap((text) => {
    const context = api.trace.getSpanContext(contextOf(api, text));
    return context ? [{ context }] : [];
  });
}
