export { type Cause, defineEvent, type EventDefinition, type EventValue, type Message } from './event.ts'
export { relayOnce } from './relay.ts'
export { type Kept, KeysReleased, purgeOnce, removeReleased } from './retention.ts'
export { aggregatesBehind, type Tailed, tail, tailPosition } from './tail.ts'
