import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { must, ScratchProject, worksUnder } from '../package/scratch-project.js';

const project = new ScratchProject();

/** The binary of a Node: the one running, or that of its npm package, kept in the temporary folder for the next run. */
function nodeBinary(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(tmpdir(), `tusker-node-${major}`);
  const binary = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(binary)) {
    rmSync(folder, { recursive: true, force: true }); // what an interrupted run left
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
    const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--loglevel=error'];
    must('npm', [...install, `node@${major}`], folder);
  }
  expect(must(binary, ['--version'], folder)).toMatch(new RegExp(`^v${major}\\.`));
  return binary;
}

describe.each([20, 22, 24])('the packed tarball in an empty project, under Node %s', (major) => {
  let binary = '';
  beforeAll(() => {
    binary = nodeBinary(major);
  }, 300_000);
  worksUnder(major, project, () => binary);
});
