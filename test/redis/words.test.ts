/** Messages read as one sentence behind the other: no name twice, no full stop twice. */
import { expect, test } from 'vitest';
import { CommandTimeout } from '../../src/stores/redis/connections.js';
import { Contact } from '../../src/stores/redis/contact.js';
import { refusalOf } from '../../src/stores/redis/refusals.js';

const SERVER = 'Redis at 127.0.0.1:6379';

test.each([
  ['is not answered in time', new CommandTimeout(SERVER, 5000), `${SERVER} did not answer within 5000 ms`],
  ['breaks', new Error('read ECONNRESET'), `${SERVER}: read ECONNRESET`],
])('a call that %s: the server is named once', (_, failure, message) => {
  const contact = new Contact();
  const told: unknown[] = [];
  contact.listen(({ event }) => told.push(event));
  contact.lost(SERVER, failure);
  expect(told).toMatchObject([{ code: 'CONNECTION', message }]);
});

test.each(['NOAUTH Authentication required.', "NOPERM this user has no permissions to run the 'fcall' command."])(
  '%s is quoted with one full stop behind it',
  (message) => {
    const refusal = refusalOf(new Error(message), SERVER);
    const text = typeof refusal === 'object' ? refusal.error.message : '';
    expect(text).toContain(message);
    expect(text).not.toContain('..');
  },
);
