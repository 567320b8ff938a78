export { type BreakerState, type CircuitBreaker, circuitBreaker } from './breaker.ts'
export { type RetryBudget, retryBudget, retrying } from './retry.ts'
export { timeLimit } from './timeLimit.ts'
