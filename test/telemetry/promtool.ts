import { spawnSync } from 'node:child_process';

/** What Prometheus's own linter says of a text: '' when it is content. @throws Error when promtool is not installed */
export function promtoolSays(text: string): string {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (error) throw new Error('promtool was not found: install it, on Debian by: apt-get install -y prometheus');
  return status === 0 && stdout + stderr === '' ? '' : `status ${status}: ${stdout}${stderr}`;
}
