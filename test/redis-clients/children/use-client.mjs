// A user's program with the library named by its first argument. It ends by itself when nothing is left open.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [name, dist, port] = process.argv.slice(2);
const { recogniseClient } = await import(pathToFileURL(`${dist}/stores/redis/clients/recognise.js`).href);
const library = createRequire(import.meta.url)(name);

const user = name.startsWith('redis')
  ? await library.createClient({ socket: { host: '127.0.0.1', port: Number(port) } }).connect()
  : new library.Redis(Number(port), '127.0.0.1');
const client = recogniseClient(user);
const connection = await client.connect('key');
const popped = connection.send(['BZPOPMIN', `${name}/marker`, '0']).catch(() => 'broken');
const reply = await (await client.connect('key')).send(['PING']);
await client.close();
console.log(JSON.stringify({ reply, popped: await popped }));
if (name.startsWith('redis')) user.destroy();
else user.disconnect();
