import { change, expectVersion, line, saveVersion } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { address, command } from '../command.ts'
import { knownSeller } from '../domain/parties.ts'
import type { SetSellerInput, SetSellerPayload } from '../generated/graphql.ts'

/**
 * Sets who issues the invoices of this tenant; there is one. The version to expect is 0 before there is.
 *
 * Refuses: INVALID_INPUT.
 */
export const setSeller = command<SetSellerInput, SetSellerPayload>({
  name: 'setSeller',
  scope: 'billing:write',
  check: z.object({
    name: line(200),
    address,
    vatId: line(20).nullish(),
    taxNumber: z
      .string()
      .regex(/^\d[\d/ ]{8,18}$/, 'give it as the tax office writes it: digits, slashes, blanks')
      .nullish(),
    email: z.email('give an address such as name@example.de'),
    iban: line(60),
  }),

  async execute({ expectedVersion, ...terms }, { tx, newId }) {
    const known = knownSeller(terms)
    const seller = await tx.seller.findFirst()
    expectVersion(seller ?? { id: 'the seller', version: 0 }, expectedVersion)
    const saved = seller
      ? await saveVersion(tx.seller, seller, known)
      : await tx.seller.create({ data: { id: newId(), ...known } })
    return { payload: { seller: saved }, changes: [change('Seller', seller, saved)] }
  },
})
