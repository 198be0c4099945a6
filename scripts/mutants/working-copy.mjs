// A copy of the tree as it stands, uncommitted changes too, in a temporary folder: patches are never applied elsewhere.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LUA, patched } from './patches.mjs';

const GENERATED = 'src/stores/redis/library.generated.ts';
const PAGES = 'src/dashboard/pages/';
/** How much of what a program wrote is kept, in characters. */
const KEPT_OUTPUT = 4000;
/** What luacheck says of a text that cannot be loaded: errors, and names that are defined nowhere. */
const LUA_FAULTS = ['--only', '0', '111', '112', '113'];

export class WorkingCopy {
  /** What the patch of now has replaced: path → text. */
  #originals = new Map();
  #running = new Set();

  constructor(root, files) {
    this.path = mkdtempSync(join(tmpdir(), 'tusker-mutants-'));
    for (const file of files) {
      mkdirSync(dirname(join(this.path, file)), { recursive: true });
      cpSync(join(root, file), join(this.path, file));
    }
    // The folder is its own, as tests keep their builds and vitest its results in it; the packages are not.
    mkdirSync(join(this.path, 'node_modules'));
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!['.cache', '.vite', '.vite-temp'].includes(name))
        symlinkSync(join(root, 'node_modules', name), join(this.path, 'node_modules', name));
    }
  }

  /** Applies a patch; gives what the compilers say against it, or nothing. */
  async apply(patch) {
    const texts = patched(this.path, patch);
    const files = [...texts.keys()];
    const isLua = files.some((file) => file.startsWith(LUA));
    for (const file of isLua ? [...files, GENERATED] : files)
      this.#originals.set(file, readFileSync(join(this.path, file), 'utf8'));
    for (const [file, text] of texts) writeFileSync(join(this.path, file), text);
    return (isLua && (await this.#linkLua())) || (await this.#checkTypes(files));
  }

  restore() {
    for (const [file, text] of this.#originals) writeFileSync(join(this.path, file), text);
    this.#originals.clear();
  }

  async #linkLua() {
    const linked = await this.node(['scripts/lua.mjs']);
    if (linked.code !== 0) return linked.output;
    const file = join(this.path, 'node_modules/library.lua');
    await this.node(['scripts/lua.mjs', '--plain', file]);
    const { code, output } = await this.run('luacheck', [
      '--config',
      '.luacheckrc',
      '--no-color',
      ...LUA_FAULTS,
      '--',
      file,
    ]);
    return code === 0 ? undefined : output;
  }

  async #checkTypes(files) {
    for (const project of ['tsconfig.json', ...(files.some((file) => file.startsWith(PAGES)) ? [PAGES] : [])]) {
      const { code, output } = await this.node(['node_modules/typescript/bin/tsc', '--noEmit', '-p', project]);
      if (code !== 0) return output;
    }
    return undefined;
  }

  node(args, options) {
    return this.run(process.execPath, args, options);
  }

  /** Runs a program here to its end, or for so long, in ms; then it is killed with all that it started. */
  run(command, args, { timeout, env = {} } = {}) {
    return new Promise((resolve, reject) => {
      // A process group of its own: servers that a test started end with it.
      const child = spawn(command, args, {
        cwd: this.path,
        env: { ...process.env, NO_COLOR: '1', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      this.#running.add(child);
      let output = '';
      const keep = (part) => {
        output = (output + part).slice(-KEPT_OUTPUT);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      let timedOut = false;
      const timer =
        timeout &&
        setTimeout(() => {
          timedOut = true;
          killGroup(child);
        }, timeout);
      child.on('error', reject);
      child.on('exit', (code) => {
        clearTimeout(timer);
        this.#running.delete(child);
        // What it started and left behind would hold the pipes, and go on.
        killGroup(child);
        resolve({ code, output, timedOut });
      });
    });
  }

  /** Ends what runs here and removes the copy. */
  remove() {
    for (const child of this.#running) killGroup(child);
    rmSync(this.path, { recursive: true, force: true });
  }
}

function killGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
