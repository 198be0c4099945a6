export { type ConformanceCase, conformanceCases } from './conformance.js';
export { History, type Subject } from './history.js';
export { ManualClock } from './manual-clock.js';
