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
const readContract = hr.readContract({ employeeId })
const request = (contentHash: string, lastEditedBy = 'clerk') =>
  approvals.requestApproval({ ...subject, contentHash, requestedBy: 'clerk', lastEditedBy })
const withdrawRequest = approvals.withdrawRequest(subject)
const activate = hr.activateEmployee({ employeeId, attestation: 'signed' })
const withdrawDraft = (reason: string) => hr.withdrawDraft({ employeeId, reason })

const opened = () => given(hireEmployee, drafted).expects(openAccount).answers({ accountId: 'a1' })
const read = () => opened().expects(readContract).answers({ contractHash: 'c0ffee', lastEditedBy: 'clerk' })
const requested = () => read().expects(request('c0ffee')).answers({ requestId: 'r1' }).is('WAITING')
/** The contract as it is now is put to a decision. */
const asked = (story: ReturnType<typeof read>, contractHash: string, requestId = 'r2') =>
  story
    .expects(readContract)
    .answers({ contractHash, lastEditedBy: 'editor' })
    .expects(request(contractHash, 'editor'))
    .answers({ requestId })
    .is('WAITING')

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

  it('withdraws the request and asks anew when the contract is changed meanwhile', () => {
    const changed = requested().changed('decade').is('COMPENSATING').expects(withdrawRequest).answers({})
    asked(changed, 'decade').approved('signed').expects(activate).answers({ employeeId }).endsCompleted()
  })

  it('asks anew when the contract was changed behind the approval', () => {
    const refused = requested().approved('signed').expects(activate).refuses('CONTRACT_CHANGED_SINCE_APPROVAL')
    asked(refused.expects(withdrawRequest).answers({}), 'decade').approved('signed').expects(activate).endsCompleted()
  })

  it('does not ask for what it has asked for', () => {
    requested().changed('c0ffee').is('WAITING').approved('signed').expects(activate)
  })

  it('lets a change that comes before the request be found by reading', () => {
    opened().changed('decade').expects(readContract)
  })

  it('takes everything back when the contract keeps changing', () => {
    let story = requested()
    for (const nth of [1, 2, 3, 4, 5]) story = asked(story.changed(`c${nth}`).answers({}), `c${nth}`, `r${nth}`)
    story.changed('c6').endsRolledBack(withdrawRequest, closeAccount, withdrawDraft('CONTRACT_CHANGED_SINCE_APPROVAL'))
  })

  it('is cancelled while it asks anew, and undoes nothing twice', () => {
    requested()
      .changed('c1')
      .ordered('CANCEL')
      .endsRolledBack(withdrawRequest, closeAccount, withdrawDraft('CANCELLED'))
    const withdrawn = requested().changed('c1').answers({}).expects(readContract)
    withdrawn.ordered('CANCEL').endsRolledBack(closeAccount, withdrawDraft('CANCELLED'))
  })

  it('is cancelled by an operator only as long as nobody may have been activated', () => {
    requested().ordered('CANCEL').endsRolledBack(withdrawRequest, closeAccount, withdrawDraft('CANCELLED'))
    requested().approved('signed').goesUnanswered().ordered('CANCEL').expects(activate).endsCompleted()
  })

  it('calls a person when the onboarding of an active employee is refused', () => {
    requested().approved('signed').answers({ employeeId }).refuses('EMPLOYEE_NOT_ACTIVE').is('STUCK')
  })
})
