export { type BreakerState, type CircuitBreaker, circuitBreaker } from './breaker.ts'
export { circuitCalls, circuitState, watchedBreakers } from './metrics.ts'
export { type RetryBudget, retryBudget, retrying } from './retry.ts'
export { timeLimit } from './timeLimit.ts'
