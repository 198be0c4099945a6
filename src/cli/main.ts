#!/usr/bin/env node
import { runCli } from './cli.js';

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

void runCli(argv.slice(2), surroundings).then((code) => {
  process.exitCode = code;
});
