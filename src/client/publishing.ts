import type { TracingChannel } from 'node:diagnostics_channel';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { ChannelMessages, ChannelName, LeaseEndMessage, ReadMessage, WorkWrapper } from '../core/channels.js';
import { CHANNELS, NOTES } from '../core/channels.js';
import { isWellFormed } from '../core/json.js';
import type { Call, ClaimCall, ClaimOutcome, Outcomes, Store, SweepOutcome, Verb } from '../core/store.js';
import { MAX_CONTEXT_BYTES } from '../core/store.js';

const channels = Object.fromEntries(
  Object.entries(CHANNELS).map(([key, name]) => [key, tracingChannel(name)]),
) as unknown as Record<ChannelName, TracingChannel<object>>;
const leaseEnd = channel(NOTES.leaseEnd);
const read = channel(NOTES.read);

type CallMessage = ChannelMessages[Exclude<ChannelName, 'claim' | 'sweep' | 'run' | 'process'>];

const NAMES: Record<Verb, ChannelName> = {
  open: 'open',
  lock: 'lock',
  unlock: 'unlock',
  failUnit: 'fail',
  extendLock: 'extend',
  letGo: 'let-go',
  close: 'close',
  complete: 'complete',
  failClaim: 'fail-claim',
  extendClaim: 'extend-claim',
  giveBack: 'give-back',
  retry: 'retry',
  release: 'release',
  cancel: 'cancel',
  remove: 'remove',
  redo: 'redo',
  claimFailed: 'claim-failed',
  settleFailed: 'settle-failed',
  extendFailed: 'extend-failed',
};

/** Somebody subscribes to the channel of a verb. */
export function isPublished(verb: Verb): boolean {
  return channels[NAMES[verb]].hasSubscribers;
}

/** Sends a call, and tells the channel of its verb; straight through while nobody subscribes. */
export function published<C extends Call>(
  namespace: string,
  call: C,
  send: (call: C) => Promise<Outcomes[C['verb']]>,
): Promise<Outcomes[C['verb']]> {
  const tracing = channels[NAMES[call.verb]];
  if (!tracing.hasSubscribers) return send(call);
  const message = messageOf(namespace, call);
  return tracing.tracePromise(() => send(carrying(call, message)), message);
}

function messageOf(namespace: string, call: Call): CallMessage {
  const { task } = call;
  switch (call.verb) {
    case 'lock':
      return { namespace, task, unit: call.unit, ttl: call.ttl, holder: call.holder };
    case 'unlock':
      return { namespace, task, unit: call.unit, token: call.token, context: null };
    case 'failUnit':
      return { namespace, task, unit: call.unit, token: call.token, final: call.final };
    case 'extendLock':
      return { namespace, task, unit: call.unit, token: call.token, ttl: call.ttl };
    case 'letGo':
      return { namespace, task, unit: call.unit, token: call.token };
    case 'redo':
      return { namespace, task, unit: call.unit };
    case 'close':
      return { namespace, task, context: null };
    case 'extendClaim':
    case 'extendFailed':
      return { namespace, task, token: call.token, lease: call.lease };
    case 'complete':
    case 'failClaim':
    case 'giveBack':
    case 'settleFailed':
      return { namespace, task, token: call.token };
    default:
      return { namespace, task };
  }
}

/** The call with the context that a subscriber gave it. */
function carrying<C extends Call>(call: C, message: CallMessage): C {
  const context = 'context' in message ? message.context : null;
  if (typeof context !== 'string' || !isWellFormed(context)) return call;
  return Buffer.byteLength(context) > MAX_CONTEXT_BYTES ? call : { ...call, context };
}

/** One look for tasks, told to its channel. */
export function publishedClaim(
  store: Store,
  calls: readonly ClaimCall[],
  wait: number,
  signal: AbortSignal | undefined,
): Promise<ClaimOutcome[]> {
  if (!channels.claim.hasSubscribers) return store.claim(calls, wait, signal);
  const worker = calls[0]?.worker ?? '';
  const message: ChannelMessages['claim'] = { namespace: store.name, count: calls.length, wait, worker };
  return channels.claim.tracePromise(() => store.claim(calls, wait, signal), message);
}

/** One step of a sweep, of one shard or of all, told to its channel. */
export function publishedSweep(
  store: Store,
  limit: number,
  only?: 'processing',
  shard?: number,
): Promise<SweepOutcome> {
  if (!channels.sweep.hasSubscribers) return store.sweep(limit, only, shard);
  const message: ChannelMessages['sweep'] = { namespace: store.name };
  return channels.sweep.tracePromise(() => store.sweep(limit, only, shard), message);
}

/**
 * Does the work of a lock or a claim, told to its channel and wrapped by what its subscribers ask for. Without any it is
 * done as if it had been called.
 */
export function publishedWork<Name extends 'run' | 'process', Result>(
  name: Name,
  message: Omit<ChannelMessages[Name], 'wrappers'>,
  work: () => Result | Promise<Result>,
): Result | Promise<Result> {
  if (!channels[name].hasSubscribers) return work();
  const wrappers: WorkWrapper[] = [];
  return channels[name].tracePromise(async () => wrapped(wrappers, work), { ...message, wrappers });
}

function wrapped<Result>(wrappers: readonly WorkWrapper[], work: () => Result): Result {
  return wrappers.reduceRight<() => Result>((inner, wrapper) => () => wrapper(inner), work)();
}

/** Says that a lock or claim of this process ended. */
export function publishLeaseEnd(message: () => LeaseEndMessage): void {
  if (leaseEnd.hasSubscribers) leaseEnd.publish(message());
}

/** Says that the holder of a claim has read units, and what their unlocks carried. */
export function publishRead(
  namespace: string,
  { task, token }: { readonly task: string; readonly token?: number },
  contexts: () => readonly string[],
): void {
  if (token === undefined || !read.hasSubscribers) return;
  const message: ReadMessage = { namespace, task, token, contexts: contexts() };
  read.publish(message);
}
