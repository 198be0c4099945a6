import type { ChannelMessages, ChannelName } from '../index.js';

/** The channels that spans are made of. */
export type OperationName = Extract<
  ChannelName,
  | 'lock'
  | 'unlock'
  | 'fail'
  | 'let-go'
  | 'close'
  | 'claim'
  | 'complete'
  | 'fail-claim'
  | 'give-back'
  | 'run'
  | 'process'
>;

/** `SpanKind`: numbers that the OpenTelemetry specification fixes. */
const KIND = { internal: 0, client: 2, producer: 3, consumer: 4 } as const;

interface Operation {
  readonly kind: number;
  readonly attributes: Record<string, string | number>;
}
type Describe<Name extends OperationName> = (message: ChannelMessages[Name]) => Operation;

interface Described {
  readonly namespace: string;
  readonly task?: string;
  readonly unit?: string;
  readonly token?: number | null;
}

function operation(name: OperationName, kind: keyof typeof KIND, type?: 'send' | 'receive' | 'process' | 'settle') {
  return ({ namespace, task, unit, token }: Described): Operation => ({
    kind: KIND[kind],
    attributes: {
      'messaging.system': 'tusker',
      'messaging.operation.name': name,
      ...(type && { 'messaging.operation.type': type }),
      'messaging.destination.name': namespace,
      ...(task !== undefined && { 'messaging.message.conversation_id': task }),
      ...(unit !== undefined && { 'messaging.message.id': unit }),
      ...(typeof token === 'number' && { 'tusker.token': token }),
    },
  });
}

/** What each operation is in the terms of the messaging conventions: an unlock sends a piece, a close sends the task. */
export const OPERATIONS: { readonly [Name in OperationName]: Describe<Name> } = {
  lock: operation('lock', 'client'),
  run: operation('run', 'internal'),
  unlock: operation('unlock', 'producer', 'send'),
  fail: operation('fail', 'client'),
  'let-go': operation('let-go', 'client'),
  close: operation('close', 'producer', 'send'),
  claim: operation('claim', 'client', 'receive'),
  process: operation('process', 'consumer', 'process'),
  complete: operation('complete', 'client', 'settle'),
  'fail-claim': operation('fail-claim', 'client', 'settle'),
  'give-back': operation('give-back', 'client', 'settle'),
};

/** A low-cardinality word for an error: its stable code, or the name of its class. Never its text. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
