/**
 * What must hold after a chaos run, found out from what the processes wrote down and what the store says. It shares no code with
 * the store.
 */
import { readFileSync } from 'node:fs';
import type { Tusker } from '../../src/index.js';

interface Line {
  readonly what: 'unlocked' | 'handled' | 'completed' | 'odd';
  readonly pid: number;
  /** In ms. */
  readonly at: number;
  readonly task: string;
  readonly unit: string;
  readonly stamp: string;
  /** When the call was made. */
  readonly begun: number;
  readonly attempt: number;
  readonly error: string;
}

export interface Run {
  readonly journal: string;
  readonly tasks: number;
  readonly units: number;
  /** What was acknowledged before does not count. In ms. */
  readonly lastFlush: number;
  /** Processes that were killed or paused: a task may have been on its way to their handler. */
  readonly interrupted: ReadonlySet<number>;
}

export interface Verdict {
  readonly lost: string[];
  readonly twice: string[];
  readonly stuck: string[];
  /** Attempts that were spent although no handler saw them. */
  readonly unseen: string[];
  /** Errors that no fault explains. */
  readonly odd: string[];
  readonly acknowledged: number;
}

export async function check(tusker: Tusker, run: Run): Promise<Verdict> {
  const lines = readJournal(run.journal);
  // A process may have been paused between the answer and its note: what counts is when it began. Lines stand in their order.
  const attempts = new Map<string, number>();
  const counting: Line[] = [];
  for (const line of lines) {
    if (line.what === 'handled') attempts.set(attemptOf(line), line.at);
    const begun = line.what === 'unlocked' ? line.begun : (attempts.get(attemptOf(line)) ?? 0);
    if (begun > run.lastFlush) counting.push(line);
  }
  const verdict: Verdict = { lost: [], twice: [], stuck: [], unseen: [], odd: [], acknowledged: 0 };
  const unlocked = counting.filter(({ what }) => what === 'unlocked');
  verdict.twice.push(...repeated(unlocked.map(({ task, unit }) => `${task}/${unit} was acknowledged as done twice`)));
  const completed = counting.filter(({ what }) => what === 'completed');
  verdict.twice.push(...repeated(completed.map(({ task }) => `${task} was completed twice`)));
  verdict.odd.push(...lines.filter(({ what }) => what === 'odd').map(({ error }) => error));
  for (let i = 0; i < run.tasks; i++) await checkTask(`task-${i}`, { tusker, run, unlocked, attempts, verdict });
  return { ...verdict, acknowledged: unlocked.length + completed.length };
}

interface Around {
  readonly tusker: Tusker;
  readonly run: Run;
  readonly unlocked: readonly Line[];
  /** When each attempt came to its handler. */
  readonly attempts: ReadonlyMap<string, number>;
  readonly verdict: Verdict;
}

async function checkTask(task: string, { tusker, run, unlocked, attempts, verdict }: Around): Promise<void> {
  const explained = await tusker.explain(task).catch(() => undefined);
  if (explained?.state !== 'completed') {
    verdict.stuck.push(explained?.sentence ?? `${task} is unknown`);
    return;
  }
  const stamps = (await tusker.result(task, { timeout: 0 })) as string[];
  if (stamps.length !== run.units) verdict.lost.push(`${task} has ${stamps.length} of ${run.units} results`);
  for (const { task: of, stamp } of unlocked) {
    if (of === task && !stamps.includes(stamp)) verdict.lost.push(`${stamp} was acknowledged and is not in the result`);
  }
  for (const { attempt, worker, error } of explained.detail.errors) {
    const pid = Number(/\d+$/.exec(worker)?.[0]);
    const isLost = /LeaseLost|Timeout/.test(error);
    if (isLost && !run.interrupted.has(pid) && !attempts.has(attemptOf({ task, attempt, pid }))) {
      verdict.unseen.push(`attempt ${attempt} of ${task} was spent by ${worker}, and no handler saw it`);
    }
  }
}

function attemptOf({ task, attempt, pid }: Pick<Line, 'task' | 'attempt' | 'pid'>): string {
  return `${task} ${attempt} ${pid}`;
}

function readJournal(path: string): Line[] {
  const text = readFileSync(path, 'utf8');
  // A process may have been killed in the middle of its line.
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}

function repeated(texts: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(texts.filter((text) => seen.has(text) || !seen.add(text)))];
}
