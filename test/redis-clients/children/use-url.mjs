// A program that opens a URL with what is installed beside it. It ends by itself when nothing is left open.
import { openUrl } from './dist/stores/redis/clients/open-url.js';

const client = openUrl(process.argv[2]);
try {
  const connection = await client.connect('key');
  const popped = connection.send(['BZPOPMIN', 'nothing', '0']).catch(() => 'broken');
  const reply = await (await client.connect('key')).send(['PING']);
  await client.close();
  console.log(JSON.stringify({ library: client.library, reply, popped: await popped }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
  await client.close();
}
