/** From this on the server notes a call, in µs. */
const NOTED = 100;

/** Runs `work` and gives the longest time that the server was busy with one call meanwhile, in ms, by its own slow log. */
export async function longestCall(admin, work) {
  await admin.config('SET', 'slowlog-log-slower-than', NOTED, 'slowlog-max-len', 100_000);
  await admin.slowlog('RESET');
  await work();
  const entries = await admin.slowlog('GET', 100_000);
  await admin.config('SET', 'slowlog-log-slower-than', -1);
  return Math.max(NOTED, ...entries.map(([, , duration]) => duration)) / 1000;
}

/** Runs `work` and gives what each call of a function took meanwhile, in µs, in their order. */
export async function timesOfFunctions(admin, work) {
  await admin.config('SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 100_000);
  await admin.slowlog('RESET');
  await work();
  const entries = await admin.slowlog('GET', 100_000);
  await admin.config('SET', 'slowlog-log-slower-than', -1);
  return entries
    .filter(([, , , [command]]) => command.toLowerCase() === 'fcall')
    .sort(([a], [b]) => a - b)
    .map(([, , duration]) => duration);
}

/** The same for a script that does nothing: what the machine's other work costs, not the script's. */
export async function longestEmptyCall(admin, count) {
  const sha = await admin.script('LOAD', 'return 1');
  return longestCall(admin, async () => {
    for (let i = 0; i < count; i++) await admin.evalsha(sha, 0);
  });
}
