import type { ChildMessage } from './messages.js';

/** What every process of the demo is started with. */
export interface ChildSettings {
  readonly url: string;
  readonly ffmpeg: string;
  readonly directory: string;
  /** What the process calls itself: the holder of its locks. */
  readonly name: string;
}

const ENV = {
  url: 'TUSKER_URL',
  ffmpeg: 'TUSKER_FFMPEG',
  directory: 'TUSKER_DEMO_DIRECTORY',
  name: 'TUSKER_DEMO_NAME',
};

/** By the environment rather than the command line: a URL may hold a password, and any user sees command lines. */
export function settingsToEnv(settings: ChildSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(ENV).map(([key, name]) => [name, settings[key as keyof ChildSettings]]));
}

/** The settings of this process, as the demo gave them. */
export function settingsFromEnv(): ChildSettings {
  const read = (name: string): string => {
    const value = process.env[name];
    if (value === undefined)
      throw new Error(`This is a process of "tusker demo": start that instead (${name} is missing).`);
    return value;
  };
  return { url: read(ENV.url), ffmpeg: read(ENV.ffmpeg), directory: read(ENV.directory), name: read(ENV.name) };
}

/** Calls `stop` once the demo has gone, however it went, or asks for it. */
export function whenDemoEnds(stop: () => Promise<unknown>): void {
  process.once('disconnect', () => {
    stop().finally(() => process.exit());
  });
}

/** Tells the demo something; a demo that has gone is told nothing. */
export function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
