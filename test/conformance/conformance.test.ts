import { describe, test } from 'vitest';
import { conformanceCases, History } from '../../src/testing/index.js';
import { SUBJECTS } from '../subjects.js';

describe.each(Object.entries(SUBJECTS))('on %s', (_, makeSubject) => {
  test.each(conformanceCases)('$title', async ({ run }) => {
    const subject = await makeSubject();
    try {
      await run(new History(subject));
    } finally {
      await subject.dispose();
    }
  });
});
