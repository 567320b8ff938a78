export { type Context, currentContext, withContext } from './context.ts'
export { createLog, type Log, type LogFields, type LogLevel } from './log.ts'
export { boundedLabel, createMetrics, type MetricDefinition, type Metrics, requestSeconds } from './metrics.ts'
export { continueTrace, parseTraceparent, requestIdOf, type Trace, traceparentOf } from './trace.ts'
