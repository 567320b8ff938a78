import type { Invoice, InvoiceLine } from '../generated/prisma/client.ts'
import { readBreakdown } from './amounts.ts'
import { isoDate } from './calendar.ts'
import type { Address, Issuer, Recipient } from './parties.ts'

export type Mail = { to: string; from: string; subject: string; text: string }

const titles: Readonly<Record<Invoice['kind'], string>> = {
  INVOICE: 'Rechnung',
  CANCELLATION: 'Stornorechnung',
  CREDIT_NOTE: 'Rechnungskorrektur',
}

type IssuedDocument = {
  invoice: Invoice & { lines: readonly InvoiceLine[] }
  /** Number and day of what is corrected. */
  corrects: Pick<Invoice, 'number' | 'issuedOn'> | null
  to: string
}

/**
 * The mail by which an issued document reaches its recipient, with all that § 14 Abs. 4 and § 14a UStG ask
 * for, in German. It reads nothing but what was frozen when the document was issued.
 */
export function invoiceMail({ invoice, corrects, to }: IssuedDocument): Mail {
  const recipient = invoice.recipient as Recipient
  const seller = invoice.seller as Issuer
  const subject = `${titles[invoice.kind]} ${invoice.number}`
  const text = [
    ...[recipient.name, recipient.contactName, ...postal(recipient.address)],
    '',
    subject,
    '',
    `Rechnungsdatum: ${day(invoice.issuedOn)}`,
    `Leistungszeitraum: ${day(invoice.servedFrom)} bis ${day(invoice.servedTo)}`,
    `Kundennummer: ${recipient.customerNumber}`,
    recipient.vatId && `Ihre USt-IdNr.: ${recipient.vatId}`,
    invoice.buyerReference && `Ihre Referenz: ${invoice.buyerReference}`,
    corrects && `Zu Rechnung: ${corrects.number} vom ${day(corrects.issuedOn)}`,
    invoice.correctionReason && `Grund: ${invoice.correctionReason}`,
    '',
    ...[...invoice.lines].sort((one, other) => one.position - other.position).map(lineText),
    '',
    ...totals(invoice),
    '',
    ...notes(invoice),
    '',
    ...payment(invoice, seller),
    '',
    ...[seller.name, ...postal(seller.address)],
    seller.vatId && `USt-IdNr.: ${seller.vatId}`,
    seller.taxNumber && `Steuernummer: ${seller.taxNumber}`,
  ]
  const lines = text.filter((line) => line !== null)
  return { to, from: seller.email, subject, text: `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n` }
}

function postal({ street, addition, postalCode, city, country }: Address): (string | null)[] {
  return [street, addition ?? null, `${postalCode} ${city}`, country === 'DE' ? null : country]
}

function lineText({ position, description, quantityThousandths, unitCode, unitPriceMicros, netCents }: InvoiceLine) {
  const quantity = decimal(BigInt(quantityThousandths), 3, 0)
  return `${position}. ${description}: ${quantity} ${unitCode} à ${decimal(unitPriceMicros, 6, 2)} EUR = ${euros(netCents)}`
}

function totals({ netCents, grossCents, vatBreakdown }: Invoice): string[] {
  const taxes = readBreakdown(vatBreakdown)
    .filter(({ ratePercent }) => ratePercent > 0)
    .map(({ ratePercent, netCents: of, vatCents }) => `USt ${ratePercent} % auf ${euros(of)}: ${euros(vatCents)}`)
  return [`Netto: ${euros(netCents)}`, ...taxes, `Gesamt: ${euros(grossCents)}`]
}

function notes({ vatBreakdown, zeroRateReason, note }: Invoice): (string | null)[] {
  const reverseCharge = readBreakdown(vatBreakdown).some(({ category }) => category === 'REVERSE_CHARGE')
  return [reverseCharge ? 'Steuerschuldnerschaft des Leistungsempfängers (§ 13b UStG)' : null, zeroRateReason, note]
}

function payment({ kind, grossCents, dueOn, number }: Invoice, { iban }: Issuer): string[] {
  if (kind !== 'INVOICE') return ['Den Betrag verrechnen wir mit der Rechnung oder erstatten ihn.']
  if (grossCents === 0n) return ['Es ist nichts zu zahlen.']
  return [`Zahlbar bis ${day(dueOn)} auf das Konto ${iban}, Verwendungszweck ${number}.`]
}

const day = (date: Date | null) => (date ? isoDate(date).split('-').reverse().join('.') : '')

const euros = (cents: bigint) => `${decimal(cents, 2, 2)} EUR`

/** A whole number of so many decimals in German notation, zeros at its end left out down to `atLeast` of them. */
function decimal(amount: bigint, decimals: number, atLeast: number): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(decimals + 1, '0')
  const whole = digits.slice(0, -decimals).replaceAll(/\B(?=(\d{3})+$)/g, '.')
  const kept = digits.slice(-decimals)
  const fraction = kept.slice(0, atLeast) + kept.slice(atLeast).replace(/0+$/, '')
  return `${amount < 0n ? '-' : ''}${whole}${fraction && `,${fraction}`}`
}
