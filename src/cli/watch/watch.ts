import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../command.js';
import { isStoreAway } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { Interruption } from '../interruption.js';
import { Outage } from '../outage.js';
import type { Output } from '../output.js';
import { moment, oneLine, printable, timeSpan } from '../text.js';
import type { Look } from './look.js';
import { look } from './look.js';
import { composePage, RECENT } from './page.js';
import { FLOWS, RateMeter } from './rates.js';
import { Screen } from './screen.js';
import { rateText, waitingText } from './words.js';

/** So many of the oldest are looked up: a screen rarely has room for more. */
const MOST_OLDEST = 40;
/** Programs and logs get the first few. */
const FEW_OLDEST = 5;
/** The page is drawn at least so often, that it says how old it is, in ms. */
const REDRAW = 1000;
/** A look that takes longer is worth a word, in ms. */
const SLOW = 3000;

/** Looks again and again, until a signal or a key. */
export async function watch(context: Context, every: number): Promise<number> {
  const { stdout, signals } = context.surroundings;
  using interruption = new Interruption(signals);
  const isPage = stdout.isTTY === true && !context.output.json;
  const most = isPage ? MOST_OLDEST : FEW_OLDEST;
  const watching = new Watching(context, every, most, interruption.signal);
  {
    using outage = new Outage(context);
    await outage.until(() => watching.first(), interruption.signal);
    if (interruption.signal.aborted) return EXIT.ok;
    if (!isPage) await asLines(context.output, watching, outage);
  }
  // A page says itself how old it is, and why.
  if (isPage) await onScreen(context, watching);
  return EXIT.ok;
}

/** The loop of looks, whoever shows them. */
class Watching {
  readonly meter = new RateMeter();
  readonly #ended = new AbortController();
  #look: Look | undefined;
  #lookedAt = 0;
  #failure: (Error & { readonly code: string }) | undefined;

  constructor(
    private readonly context: Context,
    private readonly every: number,
    private readonly most: number,
    interruption: AbortSignal,
  ) {
    interruption.addEventListener('abort', () => this.#ended.abort());
  }

  /** @throws TuskerError when the store cannot be used */
  async first(): Promise<void> {
    await this.#lookNow();
  }

  get current(): Look {
    if (!this.#look) throw new Error('nothing was looked at yet');
    return this.#look;
  }

  /** What is wrong, in words. */
  get trouble(): string | undefined {
    const age = performance.now() - this.#lookedAt;
    if (this.#failure)
      return `${oneLine(`${this.#failure.code}: ${this.#failure.message}`)} This is ${timeSpan(age)} old.`;
    return age > this.every + SLOW ? `The store has not answered for ${timeSpan(age)}.` : undefined;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  end(): void {
    this.#ended.abort();
  }

  /** Calls back after each further look, until the end. */
  async go(changed: () => void | Promise<void>): Promise<void> {
    const { signal } = this.#ended;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      await pause(this.every, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      // Nobody who wants to leave waits for a store that does not answer.
      await Promise.race([this.#lookAgain(), aborted]);
      if (!signal.aborted) await changed();
    }
  }

  async #lookNow(): Promise<void> {
    const seen = await look(this.context.tusker, this.most);
    this.#look = seen;
    this.#failure = undefined;
    this.#lookedAt = performance.now();
    this.meter.add(seen.stats, this.#lookedAt);
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.#lookNow();
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!isStoreAway(error)) throw error;
      this.#failure = error;
    }
  }
}

async function onScreen({ output, tusker, storeUrl, surroundings }: Context, watching: Watching): Promise<void> {
  const { palette } = output;
  const title = `tusker stats  ${storeUrl}  ${printable(tusker.name)}`;
  const safeTitle = withoutPassword(oneLine(title));
  const compose = (size: { readonly columns: number; readonly rows: number }): string[] => {
    const { current, meter, trouble } = watching;
    const footer = `${new Date().toLocaleTimeString('en-GB')}  q quits`;
    return composePage({ title: safeTitle, look: current, meter, trouble, footer }, size, palette);
  };
  using screen = new Screen(surroundings, compose, () => watching.end());
  const timer = setInterval(() => screen.refresh(), REDRAW);
  try {
    await watching.go(() => screen.refresh());
  } finally {
    clearInterval(timer);
  }
}

/** A line for each look: for logs and programs. */
async function asLines(output: Output, watching: Watching, outage: Outage): Promise<void> {
  const show = async (): Promise<void> => {
    const { current, meter, failure } = watching;
    if (failure) return outage.tell(failure);
    outage.over();
    const { stats, oldest } = current;
    const rates = meter.over(RECENT);
    await output.show({ ...stats, rates, oldest }, logLine(current, meter));
  };
  await show();
  await watching.go(show);
}

function logLine({ stats, oldest: [first] }: Look, meter: RateMeter): string {
  const rates = meter.over(RECENT);
  const counts = (['open', 'locked', 'released', 'delayed', 'processing', 'completed', 'failed'] as const).map(
    (key) => `${key} ${stats[key]}`,
  );
  const flows = FLOWS.map((flow) => `${flow} ${rateText(rates[flow])}/s`);
  const wait = first && `; ${printable(first.task)} waits ${timeSpan(first.age)} for ${waitingText(first)}`;
  return `${moment(Date.now())}  ${[...counts, ...flows].join(', ')}${wait ?? ''}`;
}

/** A screen is seen by others. */
function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/\s]*):[^@/\s]*@/, '$1:…@');
}
