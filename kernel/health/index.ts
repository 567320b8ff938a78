export { type Check, type HealthOptions, healthHandler } from './handler.ts'
export { startHealthServer } from './server.ts'
