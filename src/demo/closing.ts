import type { CloseOutcome } from '../index.js';
import type { DemoReport } from './report.js';
import type { Run } from './run.js';
import { startProcess } from './run.js';

/** Has the stream closed by a process of its own, once so many chunks are done: 0 is before all of them. */
export async function closeAfter(run: Run, done: number): Promise<DemoReport['closed']> {
  const { stage, signal } = run;
  const { board } = stage;
  await stage.until(() => board.count('done') >= done, signal);
  const afterChunks = board.count('done');
  stage.emit({ kind: 'closing', done: afterChunks });
  let outcome: CloseOutcome | undefined;
  const args = [run.task, String(board.chunks.length)];
  const closer = startProcess(run, 'closer', 'closer', args, (message) => {
    if (message.kind !== 'closed') return;
    outcome = message.outcome;
    stage.emit({ kind: 'closed', state: outcome.state, outstanding: outcome.outstanding });
  });
  await stage.until(() => outcome !== undefined, signal);
  await closer.ended;
  return { afterChunks, outstanding: outcome?.outstanding ?? 0 };
}
