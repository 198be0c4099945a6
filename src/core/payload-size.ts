import type { Call, TaskOptions } from './store.js';

/** How much a call carries beside names and numbers: results, infos, errors, contexts, and the names of an `expect` list. */
export function payloadSize(call: Call): number {
  switch (call.verb) {
    case 'unlock':
      return sizeOf(call.result) + sizeOf(call.context);
    case 'complete':
      return sizeOf(call.result);
    case 'failUnit':
    case 'failClaim':
    case 'redo':
      return call.error.length;
    case 'open':
      return sizeOf(call.info) + expectSize(call.options);
    case 'close':
      return sizeOf(call.info) + sizeOf(call.context) + expectSize(call.options);
    default:
      return 0;
  }
}

function sizeOf(text: string | null | undefined): number {
  return text?.length ?? 0;
}

/** A name costs a store more than its bytes: it is looked up. */
const NAME_COST = 256;

function expectSize({ expect }: Partial<TaskOptions>): number {
  if (!Array.isArray(expect)) return 0;
  return (expect as readonly string[]).reduce((sum, name) => sum + name.length + NAME_COST, 0);
}
