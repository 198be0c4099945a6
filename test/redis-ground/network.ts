/**
 * Hosts of one's own, as network namespaces of Linux on one bridge: none of them reaches, or is reached from, anything else.
 * The port of a host can be disabled: then its packets are dropped without a word, as by a cable that was pulled out between
 * two switches. Needs root, `ip` and `bridge` (Debian: iproute2).
 */
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

let networks = 0;

export class Network {
  readonly #name = `tusker-${process.pid}-${networks++}`;
  readonly #hosts: string[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #guard: ChildProcess;

  /** @throws Error when namespaces cannot be made here */
  constructor(hosts: readonly string[]) {
    this.#guard = guardOf(this.#name);
    try {
      this.#lay(hosts);
    } catch (error) {
      this.close();
      throw new Error(`no network of one's own: ${(error as Error).message}`, { cause: error });
    }
  }

  #lay(hosts: readonly string[]): void {
    const bridge = `${this.#name}-bridge`;
    ip('netns', 'add', bridge);
    // Spanning trees would move the states of the ports.
    ip('-n', bridge, 'link', 'add', 'name', 'lan', 'type', 'bridge', 'stp_state', '0');
    ip('-n', bridge, 'link', 'set', 'dev', 'lan', 'up');
    for (const host of hosts) this.#add(host, bridge);
    // Nobody asks who has an address: a host whose packets are dropped stays known.
    this.#hosts.forEach((host, i) => {
      this.#hosts.forEach((_, other) => {
        if (other !== i) ip('-n', this.#spaceOf(host), 'neigh', 'replace', ...neighbour(other));
      });
    });
  }

  #add(host: string, bridge: string): void {
    const space = this.#spaceOf(host);
    const index = this.#hosts.push(host) - 1;
    ip('netns', 'add', space);
    ip('-n', bridge, 'link', 'add', 'name', host, 'type', 'veth', 'peer', 'name', 'eth', 'netns', space);
    ip('-n', space, 'link', 'set', 'dev', 'eth', 'address', macOf(index));
    ip('-n', space, 'addr', 'add', `${addressOf(index)}/24`, 'dev', 'eth');
    for (const link of ['lo', 'eth']) ip('-n', space, 'link', 'set', 'dev', link, 'up');
    ip('-n', bridge, 'link', 'set', 'dev', host, 'master', 'lan', 'up');
  }

  address(host: string): string {
    return addressOf(this.#hosts.indexOf(host));
  }

  /** A program on a host; it ends with the network. */
  run(host: string, command: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#spaceOf(host), command, ...args], { stdio });
    this.#children.push(child);
    return child;
  }

  /** What the host sends, and what is sent to it, is dropped without a word. */
  silence(host: string): void {
    this.#setPort(host, 'disabled');
  }

  heal(host: string): void {
    this.#setPort(host, 'forwarding');
  }

  #setPort(host: string, state: keyof typeof PORT_STATES): void {
    // `ip link` takes a state for a port, too, and does nothing.
    ran('bridge', '-n', `${this.#name}-bridge`, 'link', 'set', 'dev', host, 'state', PORT_STATES[state]);
  }

  #spaceOf(host: string): string {
    return `${this.#name}-${host}`;
  }

  /** Ends what runs on its hosts, and removes them. Safe to repeat. */
  close(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
    remove(this.#name);
    this.#guard.kill('SIGKILL');
  }
}

/** The kernel's numbers. */
const PORT_STATES = { disabled: '0', forwarding: '3' } as const;

function addressOf(index: number): string {
  return `10.87.0.${index + 1}`;
}

function macOf(index: number): string {
  return `02:00:00:00:00:0${index + 1}`;
}

function neighbour(index: number): string[] {
  return [addressOf(index), 'lladdr', macOf(index), 'dev', 'eth', 'nud', 'permanent'];
}

const ip = (...args: readonly string[]): void => ran('ip', ...args);

function ran(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A namespace that is gone takes its end of each link with it. */
const REMOVE = 'ip netns list | cut -d " " -f 1 | grep "^$1-" | xargs -r -n 1 ip netns delete';

function remove(name: string): void {
  execFileSync('sh', ['-c', REMOVE, 'remove', name], { stdio: 'ignore' });
}

/** Removes the network when this process ends, in whatever way: then the guard's input does. */
function guardOf(name: string): ChildProcess {
  const script = `read -r _; for space in $(ip netns list | cut -d " " -f 1 | grep "^$1-"); do ip netns pids "$space" | xargs -r kill -9; done; ${REMOVE}`;
  const guard = spawn('sh', ['-c', script, 'guard', name], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}
