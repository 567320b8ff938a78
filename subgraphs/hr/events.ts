import { defineEvent } from '@steinmetz/kernel/outbox'
import { z } from 'zod'

/** An employee was drafted: hiring begins. */
export const EmployeeDrafted = defineEvent({
  type: 'hr.EmployeeDrafted',
  aggregate: 'employeeId',
  payload: z.object({
    employeeId: z.guid(),
    /** First day of the contract, ISO 8601. */
    startsOn: z.iso.date(),
    /** SHA-256 over what was agreed; an approval is bound to it. */
    contractHash: z.string(),
    /** Persons, for four eyes. */
    draftedBy: z.string(),
    lastEditedBy: z.string(),
  }),
})

/** The contract of a draft was changed: an approval of what it was before is void. */
export const ContractChanged = defineEvent({
  type: 'hr.ContractChanged',
  aggregate: 'employeeId',
  payload: z.object({ employeeId: z.guid(), contractHash: z.string(), lastEditedBy: z.string() }),
})

/** An employee is hired. */
export const EmployeeActivated = defineEvent({
  type: 'hr.EmployeeActivated',
  aggregate: 'employeeId',
  payload: z.object({ employeeId: z.guid(), startsOn: z.iso.date() }),
})

/** A draft will not be hired. */
export const DraftWithdrawn = defineEvent({
  type: 'hr.DraftWithdrawn',
  aggregate: 'employeeId',
  payload: z.object({ employeeId: z.guid(), reason: z.string() }),
})
