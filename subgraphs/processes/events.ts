import { defineEvent } from '@steinmetz/kernel/outbox'
import { z } from 'zod'

/**
 * A process has begun, its state has changed, it pauses before a step is asked again, or an order about it was dealt
 * with. The saga engine writes it with the move itself.
 */
export const ProcessChanged = defineEvent({
  type: 'processes.ProcessChanged',
  aggregate: 'processId',
  payload: z.object({ processId: z.guid(), definition: z.string(), state: z.string(), version: z.int() }),
})
