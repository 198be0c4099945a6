import { spawn } from 'node:child_process';
import { DemoError } from './errors.js';

export interface RunOptions {
  /** Kills the ffmpeg. */
  readonly signal?: AbortSignal;
  /** Bytes for its standard input; none by default. */
  readonly input?: Uint8Array;
  /** Gets what it writes to standard output, as it comes; ignored by default. */
  readonly onOutput?: (bytes: Buffer) => void;
}

const ENCODERS = ['libmp3lame', 'flac'];
const OPTIONAL_PACKAGE = '@ffmpeg-installer/ffmpeg';
const KEPT_MESSAGES = 2_000; // characters of what ffmpeg complained about last

/**
 * Finds an ffmpeg and tries it; gives its path. It is the one named by `TUSKER_FFMPEG`, else `ffmpeg` on the PATH, else that of the package
 * `@ffmpeg-installer/ffmpeg` where it is installed.
 *
 * @throws DemoError FFMPEG_MISSING or FFMPEG_UNFIT
 */
export async function findFfmpeg(named = process.env.TUSKER_FFMPEG): Promise<string> {
  if (named !== undefined && named !== '') {
    const encoders = await listEncoders(named);
    if (encoders !== null) return checked(named, encoders);
    throw new DemoError(
      'FFMPEG_MISSING',
      `TUSKER_FFMPEG is ${JSON.stringify(named)}, which does not run as an ffmpeg.`,
    );
  }
  for (const find of [() => 'ffmpeg', packagedPath]) {
    const path = await find();
    const encoders = path === null ? null : await listEncoders(path);
    if (path !== null && encoders !== null) return checked(path, encoders);
  }
  const ways = `install ffmpeg, or set TUSKER_FFMPEG to its path, or run: npm install ${OPTIONAL_PACKAGE}`;
  throw new DemoError('FFMPEG_MISSING', `The demo works on real audio and needs an ffmpeg: ${ways}`);
}

/** The package is not a dependency of tusker: it is large, and whoever has an ffmpeg does not need it. */
async function packagedPath(): Promise<string | null> {
  const name: string = OPTIONAL_PACKAGE;
  try {
    const found = (await import(name)) as { path?: unknown; default?: { path?: unknown } };
    const path = found.path ?? found.default?.path;
    return typeof path === 'string' ? path : null;
  } catch {
    return null;
  }
}

async function listEncoders(path: string): Promise<string | null> {
  const output: Buffer[] = [];
  try {
    await runFfmpeg(path, ['-encoders'], { onOutput: (bytes) => output.push(bytes) });
    return Buffer.concat(output).toString();
  } catch {
    return null;
  }
}

function checked(path: string, encoders: string): string {
  const missing = ENCODERS.filter((name) => !new RegExp(`^ A\\S+ ${name} `, 'm').test(encoders));
  if (missing.length === 0) return path;
  const lacks = `${path} lacks the encoder ${missing.join(' and the encoder ')}`;
  throw new DemoError('FFMPEG_UNFIT', `${lacks}; set TUSKER_FFMPEG to an ffmpeg that has it.`);
}

/**
 * Runs an ffmpeg to its end; it overwrites files without asking and is given nothing to read but `input`.
 *
 * @throws DemoError FFMPEG_FAILED with its last words; the reason of `signal` when that ended it
 */
export function runFfmpeg(path: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const { signal, input, onOutput } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const ffmpeg = spawn(path, ['-hide_banner', '-nostats', '-v', 'error', '-y', ...args], { windowsHide: true });
    const kill = () => ffmpeg.kill('SIGKILL');
    signal?.addEventListener('abort', kill, { once: true });
    let words = '';
    ffmpeg.stderr.on('data', (bytes: Buffer) => {
      words = `${words}${bytes.toString()}`.slice(-KEPT_MESSAGES);
    });
    ffmpeg.stdout.on('data', (bytes: Buffer) => onOutput?.(bytes));
    // An ffmpeg that ends before it read everything breaks this pipe; its exit code and words say why.
    ffmpeg.stdin.on('error', () => {});
    ffmpeg.stdin.end(input);
    ffmpeg.on('error', (cause) => {
      signal?.removeEventListener('abort', kill);
      reject(new DemoError('FFMPEG_FAILED', `${path} does not start: ${cause.message}`, { cause }));
    });
    ffmpeg.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', kill);
      if (code === 0) resolve();
      else if (signal?.aborted) reject(signal.reason);
      else reject(new DemoError('FFMPEG_FAILED', `${path} ended with ${killedBy ?? `code ${code}`}: ${words.trim()}`));
    });
  });
}
