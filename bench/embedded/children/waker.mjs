// Works on released tasks and says when each handler started, in ms since 1970 with fractions.
import { createTusker, sqliteStore } from '../../harness/subject.mjs';

const tusker = createTusker({ store: sqliteStore(process.argv[2], { synchronous: 'NORMAL' }) });
tusker.work(({ task }) => {
  process.send({ task, at: performance.timeOrigin + performance.now() });
});
process.send('ready');
process.on('disconnect', () => tusker.stop());
