export { type Bus, type ConsumeOptions, embeddedBus, type Handle, type Subscription } from './embedded.ts'
export { startRelay } from './relayProcess.ts'
