#!/usr/bin/env node
// An ffmpeg that joins what it should not: CLUMSY says how (swap, drop, double). All else goes to REAL_FFMPEG as it is.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const args = process.argv.slice(2);
if (args.includes('concat')) {
  const list = args[args.indexOf('-i') + 1].replace(/^file:/, '');
  const [first, second, ...rest] = readFileSync(list, 'utf8').trim().split('\n');
  const clumsy = { swap: [second, first], drop: [second], double: [first, first] }[process.env.CLUMSY];
  writeFileSync(list, [...clumsy, ...rest].join('\n'));
}
process.exitCode = spawnSync(process.env.REAL_FFMPEG, args, { stdio: 'inherit' }).status;
