import { test } from 'vitest';
import { holdsAsManyAsAllowed } from '../dashboard/slow-streams.js';

test(
  '10 000 slow streams: as many as are allowed are held, the others refused, and the server answers on',
  { timeout: 240_000 },
  () => holdsAsManyAsAllowed(10_000),
);
