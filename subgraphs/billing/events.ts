import { defineEvent } from '@steinmetz/kernel/outbox'
import { z } from 'zod'

/** Cents as text: JSON has no whole numbers of this size. */
const cents = z.string().regex(/^-?\d+$/)

/** Somebody asks for a draft to be issued: the process issueInvoice begins. */
export const InvoiceIssueRequested = defineEvent({
  type: 'billing.InvoiceIssueRequested',
  aggregate: 'invoiceId',
  payload: z.object({
    invoiceId: z.guid(),
    /** From 1, one more with each request: an invoice that was given back can be requested again. */
    round: z.int(),
    /** SHA-256 over all that would be issued; request and approval are bound to it. */
    contentHash: z.string(),
    /** Persons, for four eyes. */
    requestedBy: z.string(),
    lastEditedBy: z.string(),
  }),
})

/** An invoice was changed while it was being issued: what was requested or approved is void. */
export const InvoiceChanged = defineEvent({
  type: 'billing.InvoiceChanged',
  aggregate: 'invoiceId',
  payload: z.object({ invoiceId: z.guid(), lastEditedBy: z.string() }),
})

/** An invoice that was to be issued is a draft again. */
export const InvoiceReturned = defineEvent({
  type: 'billing.InvoiceReturned',
  aggregate: 'invoiceId',
  payload: z.object({ invoiceId: z.guid(), round: z.int(), reason: z.string() }),
})

/** An invoice got its number. */
export const InvoiceIssued = defineEvent({
  type: 'billing.InvoiceIssued',
  aggregate: 'invoiceId',
  payload: z.object({
    invoiceId: z.guid(),
    customerId: z.guid(),
    number: z.string(),
    issuedOn: z.iso.date(),
    dueOn: z.iso.date(),
    netCents: cents,
    grossCents: cents,
  }),
})

/** A correction of an invoice got its number: a cancellation (Storno) or a credit note. */
export const CorrectionIssued = defineEvent({
  type: 'billing.CorrectionIssued',
  aggregate: 'correctionId',
  payload: z.object({
    correctionId: z.guid(),
    kind: z.enum(['CANCELLATION', 'CREDIT_NOTE']),
    /** What it corrects. */
    invoiceId: z.guid(),
    number: z.string(),
    issuedOn: z.iso.date(),
    netCents: cents,
    grossCents: cents,
  }),
})

/** Money came in. */
export const PaymentRecorded = defineEvent({
  type: 'billing.PaymentRecorded',
  aggregate: 'paymentId',
  payload: z.object({ paymentId: z.guid(), customerId: z.guid(), amountCents: cents, receivedOn: z.iso.date() }),
})

/** A payment did not happen after all; what it settled is open again. */
export const PaymentReversed = defineEvent({
  type: 'billing.PaymentReversed',
  aggregate: 'paymentId',
  payload: z.object({ paymentId: z.guid(), customerId: z.guid() }),
})

/** Nothing is left to pay of an invoice. */
export const InvoiceSettled = defineEvent({
  type: 'billing.InvoiceSettled',
  aggregate: 'invoiceId',
  payload: z.object({ invoiceId: z.guid() }),
})
