#!/usr/bin/env node
const { argv, stdout, stderr, env } = process;
// A reader that went away is noticed where something is written, and is no reason to crash.
for (const stream of [stdout, stderr]) stream.on('error', () => {});

const surroundings = {
  // Opened by the commands that read from it, and by no other.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  env,
  signals: process,
  suspend: () => process.kill(0, 'SIGTSTP'),
};

/** Loaded here, so that what cannot be loaded (on an old Node, say) is one line and not a stack. */
async function run(): Promise<number> {
  const { runCli } = await import('./cli.js');
  return runCli(argv.slice(2), surroundings);
}

run().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
