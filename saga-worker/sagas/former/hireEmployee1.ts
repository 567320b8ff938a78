import { EmployeeDrafted } from '@steinmetz/hr/events'
import { saga } from '../../engine/saga.ts'
import { approvals, hr, payroll } from '../../generated/commands.ts'

/**
 * Hires as version 2 does, but has approved what the draft said: a contract that is changed before it is
 * activated takes everything back. For processes that began with it.
 */
export const hireEmployee1 = saga({
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
