import { processOrder } from '../command.ts'

/**
 * Has a step asked again at once, not at the end of the pause. Refuses: PROCESS_NOT_FOUND, PROCESS_FINISHED,
 * PROCESS_STUCK, PROCESS_WAITING.
 */
export const resumeProcess = processOrder('resumeProcess', 'RESUME')
