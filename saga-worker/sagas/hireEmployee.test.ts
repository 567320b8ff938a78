import { describe, it } from 'vitest'
import { given } from '../engine/given.ts'
import { approvals, hr, payroll } from '../generated/commands.ts'
import { hireEmployee } from './hireEmployee.ts'

const employeeId = '0199c000-0000-7000-8000-000000000001'
const drafted = {
  employeeId,
  startsOn: '2027-01-01',
  contractHash: 'c0ffee',
  draftedBy: 'clerk',
  lastEditedBy: 'clerk',
}
const subject = { policy: 'employment-contract', subjectType: 'Employee', subjectId: employeeId }

const openAccount = payroll.openAccount({ employeeId, startsOn: '2027-01-01' })
const closeAccount = payroll.closeAccount({ employeeId })
const requestApproval = approvals.requestApproval({
  ...subject,
  contentHash: 'c0ffee',
  requestedBy: 'clerk',
  lastEditedBy: 'clerk',
})
const withdrawRequest = approvals.withdrawRequest(subject)
const activate = hr.activateEmployee({ employeeId, attestation: 'signed' })
const withdrawDraft = (reason: string) => hr.withdrawDraft({ employeeId, reason })

const opened = () => given(hireEmployee, drafted).expects(openAccount).answers({ accountId: 'a1' })
const requested = () => opened().expects(requestApproval).answers({ requestId: 'r1' }).is('WAITING')

describe('hiring an employee', () => {
  it('opens the account, has the contract approved, activates and opens the onboarding list', () => {
    requested()
      .approved('signed')
      .expects(activate)
      .answers({ employeeId })
      .expects(hr.openOnboarding({ employeeId }))
      .answers({ employeeId })
      .endsCompleted()
  })

  it('withdraws the draft of whom payroll refuses', () => {
    given(hireEmployee, drafted)
      .expects(openAccount)
      .refuses('PAYROLL_ACCOUNT_EXISTS')
      .endsRolledBack(withdrawDraft('PAYROLL_ACCOUNT_EXISTS'))
  })

  it('closes the account and withdraws the draft when the contract is rejected', () => {
    requested().rejected().endsRolledBack(closeAccount, withdrawDraft('APPROVAL_REJECTED'))
  })

  it('does so when nobody decides in time', () => {
    requested().expired().endsRolledBack(closeAccount, withdrawDraft('APPROVAL_EXPIRED'))
    requested().deadlinePasses().endsRolledBack(withdrawRequest, closeAccount, withdrawDraft('DEADLINE_PASSED'))
  })

  it('takes everything back when the contract was changed behind the approval', () => {
    requested()
      .approved('signed')
      .expects(activate)
      .refuses('CONTRACT_CHANGED_SINCE_APPROVAL')
      .endsRolledBack(withdrawRequest, closeAccount, withdrawDraft('CONTRACT_CHANGED_SINCE_APPROVAL'))
  })

  it('is cancelled by an operator only as long as nobody may have been activated', () => {
    requested().ordered('CANCEL').endsRolledBack(withdrawRequest, closeAccount, withdrawDraft('CANCELLED'))
    requested().approved('signed').goesUnanswered().ordered('CANCEL').expects(activate).endsCompleted()
  })

  it('calls a person when the onboarding of an active employee is refused', () => {
    requested().approved('signed').answers({ employeeId }).refuses('EMPLOYEE_NOT_ACTIVE').is('STUCK')
  })
})
