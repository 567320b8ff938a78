import { letterOrder, reason } from '../command.ts'

/**
 * Gives an event up, so that those behind it have their turn. Refuses: DEAD_LETTER_NOT_FOUND, DEAD_LETTER_SETTLED,
 * DEAD_LETTER_OF_PROCESS.
 */
export const skipDeadLetter = letterOrder('skipDeadLetter', 'SKIP', { reason })
