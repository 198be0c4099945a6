const kills = new Set();
process.on('exit', () => {
  for (const kill of kills) kill();
});

/** Has `kill` called when this process ends, whatever ends it, unless the function that is given back was called before. */
export function endWithProcess(kill) {
  kills.add(kill);
  return () => kills.delete(kill);
}

/** Signals end this process by way of its 'exit' listeners. */
export function exitOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
}
