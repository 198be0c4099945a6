import { setTimeout as pause } from 'node:timers/promises';
import type { Command, Context } from '../command.js';
import { UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';
import { Outage } from '../outage.js';

/** That of `serveDashboard`. */
const DEFAULT_PORT = '8875';

/** `tusker dashboard`: pages that show what the tasks do and wait for. */
export const dashboard: Command = {
  name: 'dashboard',
  summary: 'show the tasks in a browser, live',
  usage: '',
  options: {
    port: { value: 'N', summary: 'where to listen; 0 takes a free port', default: DEFAULT_PORT },
    host: {
      value: 'HOST',
      summary: 'the address to listen on; any but a loopback one needs a token',
      default: '127.0.0.1',
    },
    hosts: { value: 'NAMES', summary: 'further host names, with commas, by which browsers may come' },
    token: {
      value: 'TEXT',
      summary: 'people log in with it; at least 16 characters',
      default: 'TUSKER_DASHBOARD_TOKEN',
    },
    write: { summary: 'let people retry, release, cancel and remove tasks; without it they only look' },
    'open-namespaces': { value: 'NAMES', summary: 'show these besides that of --namespace, with commas' },
  },
  details: [
    'Goes on until SIGINT or SIGTERM. Other users of this machine can reach the port: where that matters, give a token, best',
    'in the variable TUSKER_DASHBOARD_TOKEN, for a command line is seen by all. The server speaks plain HTTP: beyond this',
    'machine put it behind a proxy with TLS that passes the Host header on.',
  ],
  examples: ['tusker dashboard', 'tusker dashboard --write -n songs --open-namespaces films,uploads'],
  lasts: () => 'runs on',
  run,
};

async function run(context: Context): Promise<number> {
  const { input, output, tusker, surroundings } = context;
  // Loaded here: no other command needs it.
  const { serveDashboard } = await import('../../dashboard/index.js');
  const host = input.text('host') ?? '127.0.0.1';
  const port = input.whole('port');
  if (port !== undefined && port > 65_535) throw new UsageError(`--port is ${port}; allowed: 0–65535`);
  const others = listOf(input.text('open-namespaces')).map((name) => tusker.namespace(name));
  const token = input.text('token') ?? (surroundings.env.TUSKER_DASHBOARD_TOKEN || undefined);
  const further = listOf(input.text('hosts'));
  const hosts = further.length > 0 ? ['localhost', '127.0.0.1', '[::1]', ...further] : undefined;
  using interruption = new Interruption(surroundings.signals);
  using outage = new Outage(context);
  // One that is of no use ends it now.
  await outage.until(() => tusker.stats(), interruption.signal);
  if (interruption.signal.aborted) return EXIT.ok;
  await using served = await serveDashboard({
    namespaces: [tusker, ...others],
    readOnly: !input.flag('write'),
    host,
    ...given({ port, token, hosts }),
  });
  const { url } = served;
  await output.show({ url, port: served.port, readOnly: !input.flag('write') }, url);
  output.note(
    `${input.flag('write') ? 'people may change tasks' : 'read only'}${token ? ', log in with the token' : ''}; Ctrl-C ends it`,
  );
  const { signal } = interruption;
  while (!signal.aborted) await pause(2 ** 31 - 1, undefined, { signal }).catch(() => {});
  return EXIT.ok;
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}
