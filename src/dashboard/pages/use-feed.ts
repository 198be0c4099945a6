import { useEffect, useRef, useState } from 'preact/hooks';
import type { Parameters, RefusedError } from './api.js';
import { Feed } from './feed.js';

export interface Fed<Answer> {
  /** The last one, also while the server cannot be reached; of these very parameters unless `isStale`. */
  readonly answer: Answer | undefined;
  readonly refusal: RefusedError | undefined;
  /** The parameters have changed, and their answer is not here yet. */
  readonly isStale: boolean;
  readonly refresh: () => void;
}

/** An answer of the server that is kept up to date while the component is shown. */
export function useFeed<Answer extends { readonly now: number }>(
  of: 'overview' | 'tasks' | 'task',
  parameters: Parameters,
): Fed<Answer> {
  const key = JSON.stringify(parameters);
  const [state, setState] = useState<{ key: string; answer?: Answer; refusal?: RefusedError }>({ key });
  const feed = useRef<Feed<Answer>>(undefined);
  useEffect(() => {
    feed.current = new Feed<Answer>(of, JSON.parse(key) as Parameters, {
      answer: (answer) => setState({ key, answer }),
      refusal: (refusal) => setState((before) => (before.key === key ? { ...before, refusal } : { key, refusal })),
    });
    feed.current.start();
    return () => feed.current?.stop();
  }, [of, key]);
  return {
    answer: state.answer,
    refusal: state.key === key ? state.refusal : undefined,
    isStale: state.key !== key,
    refresh: () => feed.current?.refresh(),
  };
}
