/** A file that cannot be used: path, reason and remedy are told, and the store goes on once it can be. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { endAfterTest } from '../harness/endings.js';
import { builtModules } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

function newFolder(): string {
  const folder = temporaryFolder();
  endAfterTest(() => folder.remove());
  return folder.path;
}

async function refusal(path: string): Promise<{ code: string; message: string }> {
  const tusker = createTusker(`sqlite:${path}`);
  endAfterTest(() => tusker.stop());
  return tusker.stats().then(
    () => expect.fail('it was answered'),
    (error: { code: string; message: string }) => error,
  );
}

test('the folder is missing: it is to be made, and then the same store works', async () => {
  const folder = join(newFolder(), 'missing');
  const path = join(folder, 'tusker.db');
  const tusker = createTusker(`sqlite:${path}`);
  endAfterTest(() => tusker.stop());
  await expect(tusker.stats()).rejects.toMatchObject({
    code: 'CONNECTION',
    message: `SQLite: "${path}" cannot be made: its folder does not exist; nothing was written. Make it (mkdir -p "${folder}"), or correct the path.`,
  });
  mkdirSync(folder);
  expect(await tusker.stats()).toMatchObject({ open: 0 });
});

test('the folder is a file, and the file a folder', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'letter'), 'a letter');
  const inFile = await refusal(join(folder, 'letter', 'tusker.db'));
  expect(inFile.message).toContain(`letter/tusker.db" cannot be made: "${join(folder, 'letter')}" is no folder`);
  const isFolder = await refusal(folder);
  expect(isFolder.message).toContain(`SQLite: "${folder}" is a folder; nothing was written. Name a file in it.`);
});

test('no database', async () => {
  const path = join(newFolder(), 'letter');
  writeFileSync(path, 'a letter, not a database, and longer than the head of one: '.repeat(40));
  const { code, message } = await refusal(path);
  expect(code).toBe('STORE_CORRUPT');
  expect(message).toMatch(
    /^The file ".*letter" is damaged, or no SQLite store of tusker: .*not a database.*\. Go back to a copy\.$/,
  );
});

/** What a user without rights is told: of a file that is there, and of one that is to be made. */
const AS_NOBODY = `
  const [dist, own, ...paths] = process.argv.slice(1);
  const { createTusker } = await import(dist + '/index.js');
  const ask = async (path) => {
    const tusker = createTusker('sqlite:' + path);
    const said = await tusker.open('task').then(() => 'done', ({ code, message }) => code + ': ' + message);
    await tusker.stop();
    return said;
  };
  // What is loaded at the first use may be out of reach later.
  await ask(own);
  if (process.getuid() === 0) {
    process.setgid(65534);
    process.setuid(65534);
  }
  const said = [];
  for (const path of paths) said.push(await ask(path));
  console.log(JSON.stringify(said));
`;

describe('a user without rights', () => {
  test('is told which, for the file or its folder', async () => {
    const folder = newFolder();
    chmodSync(folder, 0o755);
    for (const name of ['readable', 'closed']) mkdirSync(join(folder, name));
    const [there, fresh, hidden] = [
      join(folder, 'readable', 'tusker.db'),
      join(folder, 'readable', 'new.db'),
      join(folder, 'closed', 'new.db'),
    ];
    await using tusker = createTusker(`sqlite:${there}`);
    await tusker.open('task');
    await tusker.stop();
    chmodSync(there, 0o444);
    chmodSync(join(folder, 'readable'), 0o555);
    chmodSync(join(folder, 'closed'), 0o000);
    const args = ['--input-type=module', '-e', AS_NOBODY, dist, join(folder, 'own.db'), there, fresh, hidden];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    for (const name of ['readable', 'closed']) chmodSync(join(folder, name), 0o755);
    expect([stderr.replace(/.*ExperimentalWarning.*\n.*\n/, ''), stdout]).toEqual(['', expect.any(String)]);
    const said = JSON.parse(stdout) as string[];
    const [ofFile, ofFolder, ofClosed] = [there, join(folder, 'readable'), join(folder, 'closed')];
    for (const [at, [path, refused]] of [
      [there, ofFile],
      [fresh, ofFolder],
      [hidden, ofClosed],
    ].entries()) {
      expect(said[at]).toMatch(/^CONNECTION: SQLite: /);
      expect(said[at]).toContain(`"${path}" cannot be used: the user `);
      expect(said[at]).toContain(
        ` may not read and write "${refused}"; nothing was written. Give that right to the user`,
      );
    }
  });
});
