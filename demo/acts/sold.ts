/** What a firm sold in a month: who it is, to whom, and what. The demo invoices it. */
export const seller = {
  name: 'SteinmetZ Werke AG',
  address: { street: 'Werkstraße 9', postalCode: '70565', city: 'Stuttgart', country: 'DE' },
  vatId: 'DE136695976',
  email: 'rechnungen@steinmetz.example.de',
  iban: 'DE02120300000000202051',
}

const customers = {
  bakery: {
    customerNumber: 'K-1001',
    kind: 'COMPANY',
    name: 'Bäckerei Öztürk & Söhne OHG',
    contactName: 'Ayşe Öztürk',
    email: 'buchhaltung@oeztuerk.example.de',
    billingAddress: { street: 'Königstraße 12', postalCode: '70173', city: 'Stuttgart', country: 'DE' },
    paymentTermDays: 14,
  },
  shipyard: {
    customerNumber: 'K-1002',
    kind: 'COMPANY',
    name: 'Werft Gröne GmbH',
    contactName: 'Jörg Weiß',
    email: 'rechnung@werft-groene.example.de',
    billingAddress: { street: 'Am Sandtorkai 1', postalCode: '20457', city: 'Hamburg', country: 'DE' },
    paymentTermDays: 30,
  },
} as const

export type Customer = (typeof customers)[keyof typeof customers]

export type Sale = {
  /** Names the invoice in the demo's keys. */
  name: string
  to: Customer
  lines: readonly {
    description: string
    unitCode: string
    quantityThousandths: number
    unitPriceMicros: number
    vatCategory: 'STANDARD' | 'REDUCED'
  }[]
  /** What becomes of the invoice behind its issue. */
  becomes: 'paidInPart' | 'cancelled' | 'open'
}

const month = { servedFrom: '2026-11-01', servedTo: '2026-11-30' }

/** Two that are issued as they are, of which one was a mistake, and one that needs a second person. */
export const sales: readonly Sale[] = [
  {
    name: 'maintenance',
    to: customers.bakery,
    lines: [
      // 7.25 hours at 94.90 euros, and flour by the kilogram at 79.9 cents.
      line('Wartung der Backstraße', 'HUR', 7_250, 94_900_000, 'STANDARD'),
      line('Weizenmehl Type 550', 'KGM', 125_500, 799_000, 'REDUCED'),
    ],
    becomes: 'paidInPart',
  },
  {
    name: 'twice',
    to: customers.bakery,
    lines: [line('Wartung der Backstraße', 'HUR', 7_250, 94_900_000, 'STANDARD')],
    becomes: 'cancelled',
  },
  {
    name: 'crane',
    to: customers.shipyard,
    lines: [
      line('Portalkran, Teilzahlung', 'C62', 1_000, 24_900_000_000, 'STANDARD'),
      line('Montage', 'HUR', 38_500, 118_500_000, 'STANDARD'),
    ],
    becomes: 'open',
  },
]

export const termsOf = ({ lines }: Sale) => ({ ...month, lines })

function line(
  description: string,
  unitCode: string,
  quantityThousandths: number,
  unitPriceMicros: number,
  vatCategory: 'STANDARD' | 'REDUCED',
) {
  return { description, unitCode, quantityThousandths, unitPriceMicros, vatCategory }
}
