/** What a piece of work costs: time, processor time of this process, and of the servers' main threads. */
export async function costOf(admins, work) {
  const before = await Promise.all(admins.map(readServer));
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = await Promise.all(admins.map(readServer));
  const servers = after.map((end, i) => ({
    cpu: end.cpu - before[i].cpu,
    commands: end.commands - before[i].commands,
    scripts: end.scripts - before[i].scripts,
  }));
  const sum = (name) => servers.reduce((total, server) => total + server[name], 0);
  return {
    value,
    seconds,
    /** µs */
    clientCpu: user + system,
    /** µs */
    serverCpu: sum('cpu'),
    /** Those that scripts run are counted, too. */
    commands: sum('commands'),
    /** Calls of scripts. */
    scripts: sum('scripts'),
    servers,
  };
}

async function readServer(admin) {
  const [cpu, stats] = await Promise.all([admin.info('cpu'), admin.info('commandstats')]);
  const seconds = (name) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(cpu)?.[1] ?? Number.NaN);
  const calls = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name, count]) => [name, Number(count)]);
  const count = (isCounted) => calls.reduce((total, [name, n]) => (isCounted(name) ? total + n : total), 0);
  return {
    cpu: 1e6 * (seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread')),
    commands: count((name) => name !== 'info'),
    scripts: count((name) => /^(eval|evalsha|fcall)(_ro)?$/.test(name)),
  };
}
