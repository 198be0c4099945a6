import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';

/** `tusker demo`: the whole story on real audio. */
export const demo: Command = {
  name: 'demo',
  summary: 'transcode a sound on several processes, kill one, merge once, check the sound',
  usage: '[FILE]',
  options: {
    servers: { value: 'N', summary: 'how many server processes', default: '3' },
    chunk: { value: 'SECONDS', summary: 'the longest a chunk may be', default: '5.5' },
    out: { value: 'PATH', isPath: true, summary: 'where the mp3 goes', default: 'tusker-demo.mp3' },
  },
  details: [
    'FILE is any sound that ffmpeg reads (a voice that counts to fifty). Needs an ffmpeg. Without --url the demo makes a',
    'store of its own and leaves TUSKER_URL alone. Exit code 0 only when the mp3 is whole, sounds as it should, and the',
    'chunk of the killed process was taken over.',
  ],
  examples: ['tusker demo', 'tusker demo podcast.ogg --servers 5 --out podcast.mp3'],
  seeAlso: ['exec', 'work'],
  run,
};

async function run({ input, output, surroundings }: Context): Promise<number> {
  // Loaded here: no other command needs it.
  const { runDemo } = await import('../../demo/index.js');
  const file = input.argument('FILE');
  const options = given({
    file: file === '' ? undefined : file,
    url: input.text('url'),
    servers: input.whole('servers'),
    chunk: input.number('chunk'),
    out: input.text('out'),
  });
  using interruption = new Interruption(surroundings.signals);
  try {
    const { ok } = await runDemo({
      ...options,
      json: output.json,
      signal: interruption.signal,
      output: surroundings.stdout,
    });
    return ok ? EXIT.ok : EXIT.unexpected;
  } catch (error) {
    throw interruption.signal.aborted ? interruption.signal.reason : error;
  }
}
