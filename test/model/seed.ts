import { randomInt } from 'node:crypto';

/** The seed of a run: `TUSKER_SEED` repeats one. Printed, so that a failure can be seen again. */
export function seed(what: string): number {
  const given = process.env.TUSKER_SEED;
  const chosen = given === undefined ? randomInt(2 ** 31) : Number(given);
  console.log(`${what}: TUSKER_SEED=${chosen}`);
  return chosen;
}
