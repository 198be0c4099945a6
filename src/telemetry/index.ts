export { type Instrumentation, instrument } from './instrument.js';
export { type Measurable, type Metrics, metrics } from './metrics.js';
export type { OpenTelemetryApi } from './open-telemetry.js';
