import type { Call, Outcome } from '../../core/store.js';
import type { Transaction } from './transaction.js';
import { cancel, release, remove, retry } from './verbs/by-hand.js';
import { close } from './verbs/close.js';
import { extendLock } from './verbs/extend-lock.js';
import { letGo } from './verbs/let-go.js';
import { claimFailed, extendFailed, settleFailed } from './verbs/letters.js';
import { lock } from './verbs/lock.js';
import { open } from './verbs/open.js';
import { redo } from './verbs/redo.js';
import { complete, extendClaim, failClaim, giveBack } from './verbs/settle-claim.js';
import { failUnit, unlock } from './verbs/unlock.js';

/** Applies one call to the transaction's working set. */
export function applyCall(tx: Transaction, call: Call): Outcome {
  switch (call.verb) {
    case 'open':
      return open(tx, call);
    case 'lock':
      return lock(tx, call);
    case 'unlock':
      return unlock(tx, call);
    case 'failUnit':
      return failUnit(tx, call);
    case 'extendLock':
      return extendLock(tx, call);
    case 'letGo':
      return letGo(tx, call);
    case 'close':
      return close(tx, call);
    case 'complete':
      return complete(tx, call);
    case 'failClaim':
      return failClaim(tx, call);
    case 'extendClaim':
      return extendClaim(tx, call);
    case 'giveBack':
      return giveBack(tx, call);
    case 'retry':
      return retry(tx, call);
    case 'release':
      return release(tx, call);
    case 'cancel':
      return cancel(tx, call);
    case 'remove':
      return remove(tx, call);
    case 'redo':
      return redo(tx, call);
    case 'claimFailed':
      return claimFailed(tx, call);
    case 'settleFailed':
      return settleFailed(tx, call);
    case 'extendFailed':
      return extendFailed(tx, call);
  }
}
