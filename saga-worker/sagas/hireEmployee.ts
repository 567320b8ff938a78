import { ContractChanged, EmployeeDrafted } from '@steinmetz/hr/events'
import { saga, whenChanged } from '../engine/saga.ts'
import { approvals, hr, payroll } from '../generated/commands.ts'

/**
 * Hires a drafted employee: opens the payroll account, waits for a second pair of eyes on the contract as it is,
 * activates the employee, opens the onboarding list. When the contract is changed before the activation, the
 * request is withdrawn, and the approval of what it is then asked for.
 *
 * Each step returns a command as a value; the engine sends it until it is answered. A fault is retried. A
 * refusal before or by the pivot runs the compensations in reverse; behind it nothing may refuse, so a
 * refusal there pages the owner.
 */
export const hireEmployee = saga({
  name: 'hireEmployee',
  version: 2,
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
  .check('terms', { command: ({ start }) => hr.readContract({ employeeId: start.employeeId }) })
  .approval('contract', {
    request: ({ start, terms }) =>
      approvals.requestApproval({
        policy: 'employment-contract',
        subjectType: 'Employee',
        subjectId: start.employeeId,
        contentHash: terms.contractHash,
        requestedBy: start.draftedBy,
        lastEditedBy: terms.lastEditedBy,
      }),
    withdraw: ({ start }) =>
      approvals.withdrawRequest({
        policy: 'employment-contract',
        subjectType: 'Employee',
        subjectId: start.employeeId,
      }),
    anew: {
      from: 'terms',
      refusal: 'CONTRACT_CHANGED_SINCE_APPROVAL',
      changed: whenChanged(ContractChanged, ({ employeeId, contractHash }) => ({
        correlation: employeeId,
        contentHash: contractHash,
      })),
    },
  })
  .pivot('activation', {
    command: ({ start, contract }) =>
      hr.activateEmployee({ employeeId: start.employeeId, attestation: contract.attestation }),
  })
  .retriable('onboarding', {
    command: ({ start }) => hr.openOnboarding({ employeeId: start.employeeId }),
  })
  .onRolledBack(({ start, reason }) => hr.withdrawDraft({ employeeId: start.employeeId, reason: reason.code }))
