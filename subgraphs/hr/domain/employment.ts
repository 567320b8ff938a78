import { refuse } from '@steinmetz/kernel/errors'
import type { Contract, Employee } from '../generated/prisma/client.ts'
import { contractHash } from './contract.ts'

/** § 5 and § 7 JArbSchG: nobody works before 15. */
const ageAtLeast = 15

/** Decides whether a person may be hired at all from a day on. Refuses INVALID_INPUT. */
export function assertEmployable({
  birthDate,
  startsOn,
  today,
}: {
  birthDate: Date
  startsOn: Date
  today: Date
}): void {
  if (birthDate >= today) throw refuse('INVALID_INPUT', 'birthDate: give a day in the past')
  if (birthDate.getUTCFullYear() < 1900) throw refuse('INVALID_INPUT', 'birthDate: give a day from 1900 on')
  const ofAge = new Date(birthDate)
  ofAge.setUTCFullYear(birthDate.getUTCFullYear() + ageAtLeast)
  if (startsOn < ofAge)
    throw refuse('INVALID_INPUT', `birthDate: the employee is younger than ${ageAtLeast} when the contract starts`)
}

/** Decides an activation: only a draft may start, and only on the very contract that was approved. */
export function activate(
  employee: Employee & { contract: Contract },
  by: { approval: { contentHash: string }; at: Date },
) {
  assertDraft(employee)
  if (by.approval.contentHash !== contractHash(employee.contract))
    throw refuse('CONTRACT_CHANGED_SINCE_APPROVAL', 'the contract is not the one that was approved')
  return { status: 'ACTIVE' as const, activatedAt: by.at }
}

/** Decides a withdrawal: only of a draft, and with the reason's code kept. */
export function withdraw(employee: Employee, reason: string) {
  assertDraft(employee)
  return { status: 'WITHDRAWN' as const, withdrawnBecause: reason }
}

/** Whoever is hired or withdrawn is no draft any more. */
export function assertDraft({ status }: Pick<Employee, 'status'>): void {
  if (status !== 'DRAFT') throw refuse('EMPLOYEE_NOT_DRAFT', `the employee is ${status}, not DRAFT`)
}

/** A withdrawn draft is kept as it was. */
export function assertNotWithdrawn({ status }: Pick<Employee, 'status'>): void {
  if (status === 'WITHDRAWN') throw refuse('EMPLOYEE_WITHDRAWN', 'the draft was withdrawn and is kept as it was')
}
