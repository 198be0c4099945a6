import type { ChannelMessages, ChannelName, LeaseEndMessage } from '../index.js';
import { CHANNELS } from '../index.js';
import type { InstrumentName, Recorder } from './instruments.js';
import type { Subscriptions } from './subscribing.js';

type AnswerName = Exclude<ChannelName, 'claim' | 'sweep' | 'run' | 'process'>;
const ANSWERS = (Object.keys(CHANNELS) as ChannelName[]).filter(
  (name): name is AnswerName => !['claim', 'sweep', 'run', 'process'].includes(name),
);

/** Turns what the channels tell into measurements, of the namespaces that `isMeasured` names. */
export function measure(
  subscriptions: Subscriptions,
  recorder: Recorder,
  isMeasured: (namespace: string) => boolean = () => true,
): void {
  for (const verb of ANSWERS) {
    subscriptions.on(verb, 'asyncEnd', (message) => {
      if (isMeasured(message.namespace)) answered(recorder, verb, message);
    });
  }
  subscriptions.on('claim', 'asyncEnd', (message) => {
    if (isMeasured(message.namespace)) claimed(recorder, message);
  });
  subscriptions.on('sweep', 'asyncEnd', (message) => {
    if (isMeasured(message.namespace)) swept(recorder, message);
  });
  subscriptions.onNote('leaseEnd', (message) => {
    if (isMeasured(message.namespace)) leaseEnded(recorder, message);
  });
}

function answered(recorder: Recorder, verb: AnswerName, message: ChannelMessages[AnswerName]): void {
  const { namespace, result } = message;
  const outcome = result?.kind ?? 'error';
  const count = (instrument: InstrumentName, labels = {}): void =>
    recorder.add(instrument, { namespace, ...labels }, 1);
  count('calls', { verb, outcome });
  if (outcome === 'late') count('late', { verb });
  if (outcome === 'lost' || outcome === 'stale') count('stale', { verb });
  if (outcome === 'locked') count('granted');
  if (hasReleased(message)) count('released');
}

/** Whether this call was the one that released the task. */
function hasReleased({ result }: ChannelMessages[AnswerName]): boolean {
  switch (result?.kind) {
    case 'done':
      return 'released' in result && result.released;
    case 'failed':
      return 'released' in result && result.released;
    case 'closed':
      return result.state === 'released' || result.state === 'completed';
    case 'released':
      return true;
    default:
      return false;
  }
}

function claimed(recorder: Recorder, { namespace, result = [], error }: ChannelMessages['claim']): void {
  const count = (outcome: string): void => recorder.add('calls', { namespace, verb: 'claim', outcome }, 1);
  if (error !== undefined) count('error');
  else if (!result.some(({ kind }) => kind !== 'none')) count('none');
  for (const outcome of result) {
    if (outcome.kind === 'none') continue;
    count(outcome.kind);
    if (outcome.kind !== 'claimed' || outcome.attempt !== 1) continue;
    const { createdAt, releasedAt, now } = outcome;
    recorder.record('fanIn', { namespace }, seconds(releasedAt - createdAt));
    recorder.record('releaseLatency', { namespace }, seconds(now - releasedAt));
  }
}

function swept(recorder: Recorder, { namespace, result }: ChannelMessages['sweep']): void {
  recorder.add('calls', { namespace, verb: 'sweep', outcome: result ? 'swept' : 'error' }, 1);
  if (!result) return;
  if (result.tasks > 0) recorder.add('swept', { namespace }, result.tasks);
  if (result.locks > 0) recorder.add('expired', { namespace, kind: 'lock' }, result.locks);
  if (result.attempts > 0) recorder.add('expired', { namespace, kind: 'attempt' }, result.attempts);
}

function leaseEnded(recorder: Recorder, { namespace, kind, held, how }: LeaseEndMessage): void {
  recorder.record(kind === 'lock' ? 'lock' : 'processing', { namespace, how }, seconds(held));
}

/** Clocks may step back: a duration is never negative. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1000;
}
