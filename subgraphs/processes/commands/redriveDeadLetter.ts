import { letterOrder } from '../command.ts'

/**
 * Has an event digested again, and then those that wait behind it. Refuses: DEAD_LETTER_NOT_FOUND,
 * DEAD_LETTER_SETTLED, DEAD_LETTER_OF_PROCESS. An order that is still to be carried out is the Conflict ORDER_PENDING.
 */
export const redriveDeadLetter = letterOrder('redriveDeadLetter', 'REDRIVE')
