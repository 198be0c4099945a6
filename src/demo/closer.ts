/** Closes the stream and ends: the chunks are counted, so it may come before, between or after them. Started by the demo. */
import { settingsFromEnv, tell } from './child-process.js';
import { demoTasks, UNIT_GRACE } from './tasks.js';

const { url, directory, name } = settingsFromEnv();
const [task = '', chunks = ''] = process.argv.slice(2);

const tasks = demoTasks(url, name);
const outcome = await tasks.close(task, { info: { directory }, expect: Number(chunks), unitGrace: UNIT_GRACE });
tell({ kind: 'closed', outcome });
await tasks.stop();
process.disconnect?.();
