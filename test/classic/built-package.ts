import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The package as its users have it: compiled, and found by its name. Below `node_modules`, so that peers are found. */
export class BuiltPackage {
  readonly path: string;
  #programs = 0;

  constructor(built: string) {
    const cache = join(ROOT, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    this.path = mkdtempSync(join(cache, 'tusker-classic-'));
    const folder = join(this.path, 'node_modules/tusker');
    mkdirSync(folder, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(built, join(folder, 'dist'));
  }

  /** Runs a program to its end: `.cjs` or `.mjs`, without warnings about experiments. */
  run(extension: 'cjs' | 'mjs', code: string, env: Record<string, string> = {}): Promise<Ended> {
    const file = join(this.path, `program-${this.#programs++}.${extension}`);
    writeFileSync(file, code);
    const child = spawn(process.execPath, ['--no-warnings', file], {
      cwd: this.path,
      env: { ...process.env, TUSKER_URL: '', NODE_OPTIONS: '', ...env },
      timeout: 20_000,
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, ...texts }));
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
