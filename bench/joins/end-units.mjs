/**
 * Ends the units 0 … `count − 1` by `end(i)`: all at once, or, when somebody listens, the last one when the others have ended:
 * then what is measured from there on is the release alone.
 */
export async function endUnits(count, end, lastEnds) {
  const together = lastEnds ? count - 1 : count;
  await Promise.all(Array.from({ length: together }, (_, i) => end(i)));
  if (!lastEnds) return;
  lastEnds();
  await end(count - 1);
}
