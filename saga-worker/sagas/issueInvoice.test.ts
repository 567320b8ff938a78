import { describe, it } from 'vitest'
import { mail } from '../adapters/mail/commands.ts'
import { given } from '../engine/given.ts'
import { approvals, billing } from '../generated/commands.ts'
import { deliverCorrection } from './deliverCorrection.ts'
import { issueInvoice } from './issueInvoice.ts'

const invoiceId = '0199c000-0000-7000-8000-000000000002'
const bound = { invoiceId, round: 2, contentHash: 'c0ffee' }
const requested = { ...bound, requestedBy: 'clerk', lastEditedBy: 'editor' }
const subject = { policy: 'invoice-above-limit', subjectType: 'Invoice', subjectId: invoiceId }

const validate = billing.validateInvoice(bound)
const requestApproval = approvals.requestApproval({
  ...subject,
  contentHash: 'c0ffee',
  requestedBy: 'clerk',
  lastEditedBy: 'editor',
})
const withdrawRequest = approvals.withdrawRequest(subject)
const issue = (attestation: string | null) => billing.issueInvoice({ ...bound, attestation })
const deliver = mail.deliverInvoice({ invoiceId })
const record = billing.recordDelivery({ invoiceId, messageId: '<1@mail>' })
const returnToDraft = (reason: string) => billing.returnToDraft({ invoiceId, round: 2, reason })

const validated = (approvalDue: boolean) =>
  given(issueInvoice, requested).expects(validate).answers({ invoiceId, approvalDue })
const asked = () => validated(true).expects(requestApproval).answers({ requestId: 'r1' }).is('WAITING')

describe('issuing an invoice', () => {
  it('needs nobody else up to the limit: it is numbered, mailed, and its delivery recorded', () => {
    validated(false)
      .expects(issue(null))
      .answers({ invoiceId, number: 'RE-2026-00001' })
      .expects(deliver)
      .answers({ messageId: '<1@mail>' })
      .expects(record)
      .answers({ invoiceId })
      .endsCompleted()
  })

  it('waits for a second person above the limit, and brings the proof', () => {
    asked()
      .approved('signed')
      .expects(issue('signed'))
      .answers({ invoiceId, number: 'RE-2026-00001' })
      .expects(deliver)
      .answers({ messageId: '<1@mail>' })
      .endsCompleted(record)
  })

  it('gives the draft back when it cannot be issued as it was requested', () => {
    given(issueInvoice, requested)
      .expects(validate)
      .refuses('SELLER_MISSING')
      .endsRolledBack(returnToDraft('SELLER_MISSING'))
  })

  it('gives the draft back when the second person says no, or nothing in time', () => {
    asked().rejected().endsRolledBack(returnToDraft('APPROVAL_REJECTED'))
    asked().expired().endsRolledBack(returnToDraft('APPROVAL_EXPIRED'))
    asked().deadlinePasses().endsRolledBack(withdrawRequest, returnToDraft('DEADLINE_PASSED'))
  })

  it('gives it back when it was changed behind the approval, or behind the request', () => {
    asked()
      .approved('signed')
      .expects(issue('signed'))
      .refuses('INVOICE_CHANGED_SINCE_APPROVAL')
      .endsRolledBack(withdrawRequest, returnToDraft('INVOICE_CHANGED_SINCE_APPROVAL'))
    validated(false)
      .refuses('INVOICE_CHANGED_SINCE_REQUEST')
      .endsRolledBack(returnToDraft('INVOICE_CHANGED_SINCE_REQUEST'))
  })

  it('is cancelled by an operator only as long as it may have no number', () => {
    asked().ordered('CANCEL').endsRolledBack(withdrawRequest, returnToDraft('CANCELLED'))
    validated(false).goesUnanswered().ordered('CANCEL').expects(issue(null)).answers({ invoiceId }).expects(deliver)
  })

  it('calls a person when an issued invoice cannot be mailed, and goes on once it can', () => {
    validated(false)
      .answers({ invoiceId })
      .expects(deliver)
      .halts('MAIL_NOT_COMPOSED')
      .is('STUCK')
      .ordered('REDRIVE')
      .expects(deliver)
      .answers({ messageId: '<1@mail>' })
      .endsCompleted(record)
  })
})

describe('a correction', () => {
  const correctionId = '0199c000-0000-7000-8000-000000000003'
  const amounts = { netCents: '-10000', grossCents: '-11900' }
  const event = {
    correctionId,
    kind: 'CANCELLATION',
    invoiceId,
    number: 'ST-2026-00001',
    issuedOn: '2026-11-23',
  } as const

  it('is mailed, and its delivery recorded', () => {
    given(deliverCorrection, { ...event, ...amounts })
      .expects(mail.deliverInvoice({ invoiceId: correctionId }))
      .answers({ messageId: '<2@mail>' })
      .expects(billing.recordDelivery({ invoiceId: correctionId, messageId: '<2@mail>' }))
      .answers({ invoiceId: correctionId })
      .endsCompleted()
  })
})
