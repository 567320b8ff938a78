import type { Books, Document } from './books.ts'
import { table } from './table.ts'

const rowsAtMost = 200

/** Every document by its number, and what all of them come to. */
export function invoicesTable({ documents, releases }: Books, roleOf: (person: string) => string): string {
  const sorted = documents.toSorted((one, other) => ((one.number ?? '') < (other.number ?? '') ? -1 : 1))
  const rows = sorted
    .slice(0, rowsAtMost)
    .map((document) => [
      document.number ?? '',
      document.customer.name,
      ...amounts(document),
      whatItIs(document, documents),
      (releases.get(document.id) ?? []).map(({ decision }) => roleOf(decision?.decidedBy ?? '')).join(', '),
      document.deliveries.length > 0 ? 'mailed' : '',
    ])
  const sum = (of: 'netCents' | 'vatCents' | 'grossCents') => documents.reduce((total, one) => total + one[of], 0)
  const total = { netCents: sum('netCents'), vatCents: sum('vatCents'), grossCents: sum('grossCents') }
  const header = ['number', 'customer', 'net', 'tax', 'gross', 'what it is', 'released by', 'delivery']
  return table('Invoices', header, [...rows, ['in all', '', ...amounts(total), '', '', '']])
}

/** What is still to be paid, by the day it is due, and how old it is. */
export function openItemsTable({ openItems, receivables, on }: Books): string {
  const rows = openItems
    .slice(0, rowsAtMost)
    .map((item) => [
      item.invoice.number,
      item.customer.name,
      item.dueOn,
      euros(item.grossCents),
      euros(item.paidCents),
      euros(item.openCents),
      item.daysOverdue > 0 ? `${item.daysOverdue} days overdue` : 'not due yet',
    ])
  const header = ['number', 'customer', 'due on', 'gross', 'paid', 'open', `on ${on}`]
  const total = ['in all', '', '', '', '', euros(receivables.openCents), '']
  const ageing = receivables.ageing
    .filter(({ count }) => count > 0)
    .map(({ fromDays, toDays, openCents }) => [ageOf(fromDays, toDays), euros(openCents)])
  return table('Open items', header, [...rows, total]) + table('By age', ['days overdue', 'open'], ageing)
}

function whatItIs({ kind, corrects, id }: Document, documents: Books['documents']): string {
  if (kind === 'CANCELLATION') return `Storno of ${corrects?.number}`
  if (kind === 'CREDIT_NOTE') return `credit note for ${corrects?.number}`
  const storno = documents.find((one) => one.kind === 'CANCELLATION' && one.corrects?.id === id)
  return storno ? `cancelled by ${storno.number}` : 'invoice'
}

const amounts = ({ netCents, vatCents, grossCents }: Pick<Document, 'netCents' | 'vatCents' | 'grossCents'>) =>
  [netCents, vatCents, grossCents].map(euros)

const ageOf = (from: number | null, to: number | null) =>
  from === null ? 'not due' : to === null ? `${from} and more` : `${from} to ${to}`

/** Amounts stand below each other by their cents. */
function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`.padStart(widthOfMillions)
}

const widthOfMillions = '-1000000.00 €'.length
