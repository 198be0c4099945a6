/** Commands with their keys in other places than the first argument alone. */
const PLACES: Readonly<Record<string, (args: readonly string[]) => number[]>> = {
  EVAL: counted,
  EVALSHA: counted,
  EVAL_RO: counted,
  EVALSHA_RO: counted,
  FCALL: counted,
  FCALL_RO: counted,
  BLPOP: allButLast,
  BRPOP: allButLast,
  BZPOPMAX: allButLast,
  BZPOPMIN: allButLast,
  DEL: all,
  EXISTS: all,
  UNLINK: all,
  XREAD: afterStreams,
};

const WITHOUT_KEYS = new Set(
  'ACL AUTH CLIENT CLUSTER COMMAND CONFIG DBSIZE ECHO FLUSHALL FUNCTION HELLO INFO LATENCY PING ROLE SCRIPT SLOWLOG TIME WAIT WAITAOF'.split(
    ' ',
  ),
);

/** A command with the prefix before each of its keys, for libraries that send raw commands as they are. */
export function prefixKeys(prefix: string, args: readonly string[]): readonly string[] {
  if (prefix === '') return args;
  const prefixed = [...args];
  for (const place of keyPlaces(args)) prefixed[place] = `${prefix}${args[place]}`;
  return prefixed;
}

function keyPlaces(args: readonly string[]): number[] {
  const name = args[0]?.toUpperCase() ?? '';
  if (WITHOUT_KEYS.has(name) || args.length < 2) return [];
  return PLACES[name]?.(args) ?? [1];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

/** NAME script numkeys key … */
function counted(args: readonly string[]): number[] {
  return range(3, 3 + Number(args[2]));
}

function all(args: readonly string[]): number[] {
  return range(1, args.length);
}

/** NAME key … timeout */
function allButLast(args: readonly string[]): number[] {
  return range(1, args.length - 1);
}

/** XREAD … STREAMS key … id … */
function afterStreams(args: readonly string[]): number[] {
  const first = args.findIndex((arg) => arg.toUpperCase() === 'STREAMS') + 1;
  return first === 0 ? [] : range(first, first + (args.length - first) / 2);
}
