/** The code under test: it is given its namespace, so a test can give it one in memory. */
export function songService(songs, encode) {
  const worker = songs.work(async ({ results }) => ({ parts: await results() }));
  return {
    worker,
    putChunk: (song, n, chunk) => songs.run(song, n, ({ signal }) => encode(chunk, signal)),
    finish: (song, chunks) => songs.close(song, { expect: chunks }),
  };
}
