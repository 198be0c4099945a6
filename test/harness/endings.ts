/** What a helper of tests has begun and somebody has to end: after the test, or after the file. */
type End = () => Promise<unknown> | unknown;

const afterTest: End[] = [];
const afterFile: End[] = [];

/** The last that was begun ends first. */
export function endAfterTest(end: End): void {
  afterTest.push(end);
}

export function endAfterFile(end: End): void {
  afterFile.push(end);
}

export function endTest(): Promise<void> {
  return endAll(afterTest);
}

export function endFile(): Promise<void> {
  return endAll(afterFile);
}

/** All of them, also behind one that fails. */
async function endAll(ends: End[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends.splice(0).reverse()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
