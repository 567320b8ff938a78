export { type Bus, type ConsumeOptions, embeddedBus, type Handle, type Subscription } from './embedded.ts'
export { checkRelay, startRelay } from './relayProcess.ts'
