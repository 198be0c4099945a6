// Functions without a server: each call may run in another process, which is frozen between calls, and nothing runs behind them.
// What a worker does elsewhere is done by `cron`, called every minute, and once more by whoever closes a song.
import { createTusker, httpAnswer, isTuskerError } from 'tusker';

// Made once per process, outside of the handlers. It connects at its first call, and again when it was frozen for too long.
const tusker = createTusker(process.env.TUSKER_URL);
const songs = tusker.namespace('songs', { ttl: 15_000, lease: Number(process.env.LEASE ?? 15_000), backoff: 100 });

/** A piece. All is awaited: nothing is under way when the answer is given, so freezing hurts nothing. */
export async function chunk({ song, n, text }) {
  try {
    return { status: 200, body: await songs.run(song, n, () => text.toUpperCase()) };
  } catch (error) {
    const answer = httpAnswer(error); // 409 while another call has it: the client comes again
    if (answer) return answer;
    throw error;
  }
}

/** No more pieces. */
export async function close({ song, chunks }) {
  return { status: 202, body: await songs.close(song, { expect: chunks }) };
}

/** Ends what is overdue, then merges one song. Called every minute; answers whether there may be more. */
export async function cron(_event, merge = (parts) => parts.join('')) {
  await songs.sweep(); // locks and merges of dead or frozen processes, deadlines
  const claim = await songs.fetchReleased();
  if (!claim) return { merged: null };
  try {
    await claim.complete(await merge(await claim.results(), claim));
    return { merged: claim.task };
  } catch (error) {
    if (isTuskerError(error, 'STALE_CLAIM')) return { lost: claim.task }; // frozen for too long: another call merges it
    await claim.fail(error); // tried again by a later call, after its backoff
    return { failed: claim.task };
  }
}
