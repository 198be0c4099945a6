import { useEffect, useRef, useState } from 'preact/hooks';
import type { TaskAnswer, UnitsAnswer } from '../wire.js';
import { askAgain, RefusedError } from './api.js';
import { Refresher } from './refresher.js';
import { namespace } from './route.js';

/** A lock that is renewed changes nothing else: units are read again all the same after so long, in ms. */
const RENEWED = 10_000;

interface Units {
  readonly units: UnitsAnswer | undefined;
  readonly refusal: RefusedError | undefined;
}

/** The units of a task, read again when the task says that something has changed. */
export function useUnits({ row, now }: TaskAnswer): Units {
  const [state, setState] = useState<Units>({ units: undefined, refusal: undefined });
  const refresher = useRef<Refresher>(undefined);
  const round = row.endedAt === null ? Math.floor(now / RENEWED) : 0;
  const key = JSON.stringify([row.incarnation, row.units, row.shelf, round]);
  useEffect(() => {
    const parameters = { namespace: namespace.value, task: row.task };
    let tag = '';
    const one = new Refresher(async (signal) => {
      try {
        const { answer, etag } = await askAgain<UnitsAnswer>('units', parameters, tag, signal);
        tag = etag;
        if (answer) setState({ units: answer, refusal: undefined });
      } catch (error) {
        // That the task is gone is told by the page.
        if (signal.aborted || !(error instanceof RefusedError) || error.code === 'TASK_NOT_FOUND') return;
        setState(({ units }) => ({ units, refusal: error }));
      }
    });
    refresher.current = one;
    return () => one.stop();
  }, [row.task]);
  useEffect(() => refresher.current?.want(), [key]);
  return state;
}
