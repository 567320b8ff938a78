import { change } from '@steinmetz/kernel/command'
import { refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, customerTerms } from '../command.ts'
import { knownCustomer } from '../domain/parties.ts'
import type { RegisterCustomerInput, RegisterCustomerPayload } from '../generated/graphql.ts'

/** Registers a customer. Refuses: CUSTOMER_NUMBER_TAKEN, INVALID_INPUT. */
export const registerCustomer = command<RegisterCustomerInput, RegisterCustomerPayload>({
  name: 'registerCustomer',
  scope: 'billing:write',
  check: z.object({
    customerNumber: z.string().regex(/^[A-Za-z0-9-]{1,20}$/, 'give 1 to 20 letters, digits or hyphens'),
    ...customerTerms,
  }),

  async execute({ customerNumber, ...terms }, { tx, newId }) {
    const known = knownCustomer(terms)
    if (await tx.customer.findFirst({ where: { customerNumber } }))
      throw refuse('CUSTOMER_NUMBER_TAKEN', `the customer number ${customerNumber} is taken`)
    const customer = await tx.customer.create({ data: { id: newId(), customerNumber, ...known } })
    return { payload: { customer }, changes: [change('Customer', null, customer)] }
  },
})
