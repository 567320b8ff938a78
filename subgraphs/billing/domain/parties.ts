import { refuse } from '@steinmetz/kernel/errors'
import { electronicFormatIBAN, isValidIBAN } from 'ibantools'
import type { Customer, Seller } from '../generated/prisma/client.ts'
import { vatId } from './vatId.ts'

export type Address = {
  street: string
  addition?: string | null
  postalCode: string
  city: string
  /** ISO 3166-1, two letters. */
  country: string
}

export type Addresses = { billing: Address; delivery: Address | null }

/** Who is invoiced, as an issued document keeps it. */
export type Recipient = Pick<Customer, 'customerNumber' | 'name' | 'contactName' | 'vatId'> & { address: Address }

/** Who invoices, as an issued document keeps it. */
export type Issuer = Pick<Seller, 'name' | 'vatId' | 'taxNumber' | 'email' | 'iban'> & { address: Address }

type CustomerTerms = {
  kind: Customer['kind']
  name: string
  contactName?: string | null
  email?: string | null
  vatId?: string | null
  billingAddress: Address
  deliveryAddress?: Address | null
  paymentTermDays: number
}

/** Decides what is known of a customer. Refuses INVALID_INPUT: a wrong VAT id, an address that cannot be. */
export function knownCustomer({ billingAddress, deliveryAddress, ...terms }: CustomerTerms) {
  if (terms.kind === 'PERSON' && terms.vatId) throw refuse('INVALID_INPUT', 'vatId: a private person has none')
  const { kind, name, contactName = null, email = null, paymentTermDays } = terms
  const delivery = deliveryAddress ? knownAddress('deliveryAddress', deliveryAddress) : null
  return {
    ...{ kind, name, contactName, email, paymentTermDays },
    vatId: terms.vatId ? vatId('vatId', terms.vatId) : null,
    addresses: { billing: knownAddress('billingAddress', billingAddress), delivery } satisfies Addresses,
  }
}

type SellerTerms = {
  name: string
  address: Address
  vatId?: string | null
  taxNumber?: string | null
  email: string
  iban: string
}

/**
 * Decides what stands on a tenant's invoices about itself. Refuses INVALID_INPUT: neither VAT id nor tax
 * number (§ 14 Abs. 4 Nr. 2 UStG), a wrong one, a wrong IBAN.
 */
export function knownSeller({ name, address, taxNumber, email, iban, ...terms }: SellerTerms) {
  if (!terms.vatId && !taxNumber) throw refuse('INVALID_INPUT', 'vatId: give it, or a tax number')
  const account = electronicFormatIBAN(iban) ?? ''
  if (!isValidIBAN(account))
    throw refuse('INVALID_INPUT', 'iban: its country, its length or its check digits are wrong')
  return {
    ...{ name, email, iban: account, taxNumber: taxNumber ?? null },
    address: knownAddress('address', address),
    vatId: terms.vatId ? vatId('vatId', terms.vatId) : null,
  }
}

/** What of a customer an issued document keeps, whatever becomes of the customer. */
export function recipientOf({ customerNumber, name, contactName, vatId: id, addresses }: Customer): Recipient {
  return { customerNumber, name, contactName, vatId: id, address: (addresses as Addresses).billing }
}

/** What of the seller an issued document keeps. */
export function issuerOf({ name, vatId: id, taxNumber, email, iban, address }: Seller): Issuer {
  return { name, vatId: id, taxNumber, email, iban, address: address as Address }
}

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

function knownAddress(field: string, { street, addition, postalCode, city, country }: Address) {
  if (!/^[A-Z]{2}$/.test(country) || country === 'ZZ' || !countries.of(country))
    throw refuse('INVALID_INPUT', `${field}.country: give the two capital letters of ISO 3166-1, such as DE`)
  if (country === 'DE' && !/^\d{5}$/.test(postalCode))
    throw refuse('INVALID_INPUT', `${field}.postalCode: give the five digits of a German postal code`)
  return { street, addition: addition ?? null, postalCode, city, country }
}
