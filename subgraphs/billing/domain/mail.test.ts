import { describe, expect, test } from 'vitest'
import { lineNetCents, storedBreakdown, totalsOf } from './amounts.ts'
import { invoiceMail } from './mail.ts'

const address = { street: 'Am Sandtorkai 1', addition: null, postalCode: '20457', city: 'Hamburg', country: 'DE' }

function document(terms: object[], more: object = {}) {
  const lines = terms.map((line, at) => {
    const full = {
      description: 'Wartung',
      unitCode: 'HUR',
      vatCategory: 'STANDARD',
      position: at + 1,
      ...line,
    } as never
    return { ...(full as object), netCents: lineNetCents(full) } as never
  })
  const { breakdown, ...totals } = totalsOf(lines)
  const invoice = {
    ...{ kind: 'INVOICE', number: 'RE-2026-00001', lines, ...totals, vatBreakdown: storedBreakdown(breakdown) },
    ...{ issuedOn: new Date('2026-11-23'), dueOn: new Date('2026-12-07') },
    ...{ servedFrom: new Date('2026-11-01'), servedTo: new Date('2026-11-30') },
    ...{ buyerReference: 'B-77', note: 'Vielen Dank.', zeroRateReason: null, correctionReason: null },
    recipient: { customerNumber: 'K-1', name: 'Günther GmbH', contactName: null, vatId: 'ATU12345675', address },
    seller: {
      name: 'SteinmetZ AG',
      vatId: 'DE136695976',
      taxNumber: null,
      email: 'r@x.de',
      iban: 'DE02120300000000202051',
      address: { ...address, country: 'AT' },
    },
    ...more,
  }
  return { invoice: invoice as never, corrects: null, to: 'kunde@example.de' }
}

describe('the mail of an invoice', () => {
  test('says what § 14 Abs. 4 UStG asks for', () => {
    const lines = [
      { quantityThousandths: 1_500, unitPriceMicros: 99_990_000n },
      { quantityThousandths: 12_345_678, unitPriceMicros: 312_345n, unitCode: 'KWH', vatCategory: 'REDUCED' },
    ]
    const { to, from, subject, text } = invoiceMail(document(lines))
    expect({ to, from, subject }).toEqual({ to: 'kunde@example.de', from: 'r@x.de', subject: 'Rechnung RE-2026-00001' })
    expect(text).toBe(`Günther GmbH
Am Sandtorkai 1
20457 Hamburg

Rechnung RE-2026-00001

Rechnungsdatum: 23.11.2026
Leistungszeitraum: 01.11.2026 bis 30.11.2026
Kundennummer: K-1
Ihre USt-IdNr.: ATU12345675
Ihre Referenz: B-77

1. Wartung: 1,5 HUR à 99,99 EUR = 149,99 EUR
2. Wartung: 12.345,678 KWH à 0,312345 EUR = 3.856,11 EUR

Netto: 4.006,10 EUR
USt 19 % auf 149,99 EUR: 28,50 EUR
USt 7 % auf 3.856,11 EUR: 269,93 EUR
Gesamt: 4.304,53 EUR

Vielen Dank.

Zahlbar bis 07.12.2026 auf das Konto DE02120300000000202051, Verwendungszweck RE-2026-00001.

SteinmetZ AG
Am Sandtorkai 1
20457 Hamburg
AT
USt-IdNr.: DE136695976
`)
  })

  test('says who owes the tax under reverse charge, and why something is not taxed', () => {
    const lines = ['REVERSE_CHARGE', 'ZERO'].map((vatCategory) => {
      return { quantityThousandths: 1_000, unitPriceMicros: 1_000_000n, vatCategory }
    })
    const { text } = invoiceMail(document(lines, { zeroRateReason: 'Steuerfrei nach § 4 Nr. 1 UStG' }))
    expect(text).toContain('Steuerschuldnerschaft des Leistungsempfängers (§ 13b UStG)\nSteuerfrei nach § 4 Nr. 1 UStG')
    expect(text).not.toContain('USt 0 %')
  })

  test('of a correction names what it corrects, and asks for no money', () => {
    const corrects = { number: 'RE-2026-00001', issuedOn: new Date('2026-11-01') }
    const more = { kind: 'CREDIT_NOTE', number: 'RK-2026-00001', correctionReason: 'Mangel' }
    const lines = [{ quantityThousandths: -1_000, unitPriceMicros: 1_234_000_000n }]
    const { subject, text } = invoiceMail({ ...document(lines, more), corrects })
    expect(subject).toBe('Rechnungskorrektur RK-2026-00001')
    expect(text).toContain('Zu Rechnung: RE-2026-00001 vom 01.11.2026\nGrund: Mangel')
    expect(text).toContain('1. Wartung: -1 HUR à 1.234,00 EUR = -1.234,00 EUR')
    expect(text).not.toContain('Zahlbar')
  })
})
