// Summarises the pages of a book, then the summaries. Kill it anyhow and run it again: what was answered is never paid twice.
// TUSKER_URL=redis://127.0.0.1:6379 node map-reduce.mjs book-1 40
import { createTusker } from 'tusker';
import { llm } from './llm.mjs';

const [book = 'book-1', pages = '40'] = process.argv.slice(2);
const texts = Array.from({ length: Number(pages) }, (_, i) => `page ${i + 1} of ${book}`);

const tusker = createTusker();
process.once('SIGTERM', () => tusker.stop()); // the next run goes on at once

// Map: each page is an item. Its summary is stored the moment it is there.
const summaries = await tusker.all(book, texts, (text, { signal }) => llm(`summarise ${text}`, { signal }), {
  concurrency: 4,
  attempts: 3,
  ttl: 2_000,
});

// Reduce: one item more, so that this call is paid once, too.
const [summary] = await tusker.all(
  `${book}/summary`,
  [summaries],
  (all, { signal }) => llm(`summarise ${all.length} summaries`, { signal }),
  { attempts: 3, ttl: 2_000 },
);

console.log(JSON.stringify({ pages: summaries.length, summary }));
await tusker.stop();
