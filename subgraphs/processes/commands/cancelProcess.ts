import { processOrder } from '../command.ts'

/**
 * Has a process undo all that it did or may have done. Refuses: PROCESS_NOT_FOUND, PROCESS_FINISHED,
 * PROCESS_ROLLING_BACK, PROCESS_PIVOT_PASSED. An order that is still to be carried out is the Conflict ORDER_PENDING.
 */
export const cancelProcess = processOrder('cancelProcess', 'CANCEL')
