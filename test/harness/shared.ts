/**
 * What all files of a run share: one build, one packed tarball, one browser, one Cluster, one group of Sentinels, and a Redis
 * for each of vitest's workers, which its files use one after the other.
 */
import { inject } from 'vitest';

/** What is known of each. */
export interface SharedFacts {
  /** What is packed, `dist`, and a file of each module, `build`. */
  build: { readonly path: string; readonly modules: string };
  /** What `npm pack` makes of it. */
  tarball: { readonly path: string };
  /** Where playwright connects to a Chromium that runs. */
  browser: { readonly endpoint: string };
  /** Three masters and a replica of each; nobody stops or changes them. */
  cluster: { readonly nodes: readonly { readonly port: number; readonly busPort: number; readonly id: string }[] };
  /** A plain server of this worker: the file that runs may empty it. */
  redis: { readonly port: number };
  /** A master, a replica and three Sentinels; nobody stops or changes them. */
  sentinels: { readonly servers: readonly number[]; readonly sentinels: readonly number[] };
}
export type SharedName = keyof SharedFacts;

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the things are asked for. */
    shared: string;
  }
}

/** One of them; made by the global set-up when it is asked for first. @throws Error saying why it cannot be made */
export async function shared<Name extends SharedName>(name: Name): Promise<SharedFacts[Name]> {
  const worker = process.env.VITEST_POOL_ID ?? '1';
  const answer = await fetch(new URL(`${name}?worker=${worker}`, inject('shared')));
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${name}: ${said}`);
  return JSON.parse(said) as SharedFacts[Name];
}

/** The folder of what users have: the doors and the programs. */
export async function builtPackage(): Promise<string> {
  return (await shared('build')).path;
}

/** The same with a file of each module, for what looks behind the doors. */
export async function builtModules(): Promise<string> {
  return (await shared('build')).modules;
}
