// One demo as a process: its options as JSON, `chance` being what its random numbers all are.
import { runDemo } from '../../../build/demo/index.js';

const { chance, ...options } = JSON.parse(process.argv[2] ?? '{}');
try {
  const report = await runDemo(chance === undefined ? options : { ...options, random: () => chance });
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 2;
}
