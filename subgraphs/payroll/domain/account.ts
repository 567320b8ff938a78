import { refuse } from '@steinmetz/kernel/errors'
import type { PayrollAccount } from '../generated/prisma/client.ts'

/**
 * Decides that an account is opened again, for an employee who is hired anew. Nothing that was filled in
 * before is taken over: an employer retrieves ELStAM anew for every employment (§ 39e Abs. 4 EStG), and a
 * salary must not go to a bank account that may be given up. Refuses PAYROLL_ACCOUNT_EXISTS.
 */
export function reopen({ status }: Pick<PayrollAccount, 'status'>, opensOn: Date) {
  if (status === 'OPEN') throw refuse('PAYROLL_ACCOUNT_EXISTS', 'the employee has an open payroll account')
  return {
    status: 'OPEN' as const,
    opensOn,
    closedAt: null,
    taxClass: null,
    taxId: null,
    childAllowanceHalves: null,
    churchTax: null,
    iban: null,
    accountHolder: null,
  }
}

/** Decides that an account is closed. What was filled in stays with it. */
export function close(at: Date) {
  return { status: 'CLOSED' as const, closedAt: at }
}

/** A closed account is kept as it was. */
export function assertOpen({ status }: Pick<PayrollAccount, 'status'>): void {
  if (status === 'CLOSED') throw refuse('PAYROLL_ACCOUNT_CLOSED', 'the account is closed and is kept as it was')
}
