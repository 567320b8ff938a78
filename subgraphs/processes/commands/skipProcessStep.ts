import { processOrder, reason } from '../command.ts'

/**
 * Has a process go on without the step at which it is stuck, because a person has done it by hand. Refuses:
 * PROCESS_NOT_FOUND, PROCESS_FINISHED, PROCESS_NOT_STUCK, STEP_NOT_SKIPPABLE.
 */
export const skipProcessStep = processOrder('skipProcessStep', 'SKIP', { reason })
