import { processOrder } from '../command.ts'

/**
 * Has the step asked again at which a process is stuck. What is in doubt keeps its key; what was refused is asked under
 * a new one. Refuses: PROCESS_NOT_FOUND, PROCESS_FINISHED, PROCESS_NOT_STUCK.
 */
export const redriveProcess = processOrder('redriveProcess', 'REDRIVE')
