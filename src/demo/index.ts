export { runDemo } from './demo.js';
export { DemoError, type DemoErrorCode } from './errors.js';
export type { DemoOptions, DemoOutput } from './options.js';
export type { DemoReport, Kill } from './report.js';
