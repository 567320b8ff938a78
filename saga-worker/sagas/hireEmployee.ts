import { EmployeeDrafted } from '@steinmetz/hr/events'
import { saga } from '../engine/saga.ts'
import { approvals, hr, payroll } from '../generated/commands.ts'

/**
 * Hires a drafted employee: opens the payroll account, waits for a second pair of eyes on the contract,
 * activates the employee, opens the onboarding list.
 *
 * Each step returns a command as a value; the engine sends it until it is answered. A fault is retried. A
 * refusal before or by the pivot runs the compensations in reverse; behind it nothing may refuse, so a
 * refusal there pages the owner.
 */
export const hireEmployee = saga({
  name: 'hireEmployee',
  version: 1,
  owner: 'hr',
  subject: 'Employee',
  startOn: EmployeeDrafted,
  correlateBy: ({ employeeId }) => employeeId, // one hiring per employee
  deadlineDays: 30,
})
  .step('account', {
    command: ({ start }) => payroll.openAccount({ employeeId: start.employeeId, startsOn: start.startsOn }),
    compensate: ({ start }) => payroll.closeAccount({ employeeId: start.employeeId }),
  })
  .approval('contract', {
    request: ({ start }) =>
      approvals.requestApproval({
        policy: 'employment-contract',
        subjectType: 'Employee',
        subjectId: start.employeeId,
        contentHash: start.contractHash,
        requestedBy: start.draftedBy,
        lastEditedBy: start.lastEditedBy,
      }),
    withdraw: ({ start }) =>
      approvals.withdrawRequest({
        policy: 'employment-contract',
        subjectType: 'Employee',
        subjectId: start.employeeId,
      }),
  })
  .pivot('activation', {
    command: ({ start, contract }) =>
      hr.activateEmployee({ employeeId: start.employeeId, attestation: contract.attestation }),
  })
  .retriable('onboarding', {
    command: ({ start }) => hr.openOnboarding({ employeeId: start.employeeId }),
  })
  .onRolledBack(({ start, reason }) => hr.withdrawDraft({ employeeId: start.employeeId, reason: reason.code }))
