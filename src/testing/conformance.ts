import { byHandCases } from './cases/by-hand.js';
import { claimCases } from './cases/claims.js';
import { clockCases } from './cases/clock.js';
import { closingCases } from './cases/closing.js';
import { deadLetterCases } from './cases/dead-letters.js';
import { expectingCases } from './cases/expecting.js';
import { lettingGoCases } from './cases/letting-go.js';
import { mendingCases } from './cases/mending.js';
import { namingCases } from './cases/naming.js';
import { readingCases } from './cases/reading.js';
import { redoingCases } from './cases/redoing.js';
import { retentionCases } from './cases/retention.js';
import { sharingCases } from './cases/sharing.js';
import { sweepingCases } from './cases/sweeping.js';
import { unitAttemptsCases } from './cases/unit-attempts.js';
import { unitCases } from './cases/units.js';
import type { ConformanceCase } from './conformance-case.js';

/**
 * What every store must do, written once. For a test runner of your own:
 *
 * @example
 * for (const { title, run } of conformanceCases) test(title, async () => run(new History(await makeSubject())))
 */
export const conformanceCases: readonly ConformanceCase[] = [
  ...unitCases,
  ...lettingGoCases,
  ...closingCases,
  ...expectingCases,
  ...claimCases,
  ...sweepingCases,
  ...clockCases,
  ...byHandCases,
  ...redoingCases,
  ...unitAttemptsCases,
  ...deadLetterCases,
  ...mendingCases,
  ...namingCases,
  ...retentionCases,
  ...readingCases,
  ...sharingCases,
];
