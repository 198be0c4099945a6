export { conformanceCases } from './conformance.js';
export type { ConformanceCase } from './conformance-case.js';
export { History, type Subject } from './history.js';
export { ManualClock } from './manual-clock.js';
export { createTestTusker, TestTusker } from './test-tusker.js';
