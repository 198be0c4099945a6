import type { Child } from './children.js';
import type { Run } from './run.js';
import { startProcess } from './run.js';

/** A server process, and where it listens. */
export interface ServerProcess {
  readonly child: Child;
  /** Of 127.0.0.1. */
  readonly port: number;
}

/** Starts the servers; fulfilled when all of them take requests. */
export async function startServers(run: Run): Promise<ServerProcess[]> {
  const { stage, options, signal } = run;
  const children = Array.from({ length: options.servers }, (_, at) => startServer(run, `server-${at + 1}`));
  await stage.until((board) => board.servers.length === children.length, signal);
  return children.map((child) => {
    const port = stage.board.servers.find((server) => server.name === child.name)?.port ?? 0;
    return { child, port };
  });
}

function startServer(run: Run, name: string): Child {
  const { emit } = run.stage;
  return startProcess(run, 'server', name, [], (message) => {
    if (message.kind === 'listening') emit({ kind: 'started', server: name, port: message.port });
    else if (message.kind === 'locked' || message.kind === 'encoding' || message.kind === 'done') {
      emit({ ...message, server: name });
    }
  });
}
