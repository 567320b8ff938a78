import type { Invoice } from '../generated/prisma/client.ts'
import { businessDay, daysAfter } from './calendar.ts'
import type { Issuer, Recipient } from './parties.ts'

/** What becomes of a draft that is issued, and what it keeps of the parties. */
export type Issue = {
  sequence: number
  at: Date
  contentHash: string
  approvalRequestId: string | null
  recipient: Recipient
  seller: Issuer
}

/** The range a document takes its number from: gap-free in a tenant's year and series. */
export function rangeOf({ series }: Pick<Invoice, 'series'>, at: Date) {
  return { series, year: businessDay(at).getUTCFullYear() }
}

/** What issuing adds to a draft: number, dates, and all that must stay as it is now. */
export function issued(draft: Invoice, { sequence, at, ...kept }: Issue) {
  const { series, year } = rangeOf(draft, at)
  const issuedOn = businessDay(at)
  return {
    ...kept,
    status: 'ISSUED' as const,
    number: `${series}-${year}-${String(sequence).padStart(5, '0')}`,
    numberYear: year,
    numberSequence: sequence,
    issuedAt: at,
    issuedOn,
    dueOn: daysAfter(issuedOn, draft.paymentTermDays),
  }
}
