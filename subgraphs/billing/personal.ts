import type { PersonalFields } from '@steinmetz/kernel/audit'

/**
 * What is sealed in the audit trail under the customer's key. A company counts as a person: behind many a
 * firm's name and address stands a single human being, and no column tells which.
 */
export const personal: PersonalFields = {
  Customer: { fields: ['name', 'contactName', 'email', 'vatId', 'addresses'], person: ({ id }) => String(id) },
  Invoice: { fields: ['recipient'], person: ({ customerId }) => String(customerId) },
  Payment: { fields: ['reference'], person: ({ customerId }) => String(customerId) },
}

/** What this domain records in the audit trail. */
export const audited = [
  'Customer',
  'Seller',
  'Invoice',
  'InvoiceLine',
  'Delivery',
  'OpenItem',
  'Payment',
  'PaymentAllocation',
  'Refund',
]
