import type { Addresses } from '../domain/parties.ts'
import type { Customer } from '../generated/prisma/client.ts'

/** What a customer tells beyond the columns. */
export const customerFields = {
  billingAddress: ({ addresses }: Customer) => (addresses as Addresses).billing,
  deliveryAddress: ({ addresses }: Customer) => (addresses as Addresses).delivery,
}
