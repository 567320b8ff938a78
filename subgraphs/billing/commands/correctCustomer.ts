import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, customerTerms } from '../command.ts'
import { knownCustomer } from '../domain/parties.ts'
import type { CorrectCustomerInput, CorrectCustomerPayload } from '../generated/graphql.ts'

/**
 * Corrects what is known of a customer. What was issued keeps what it says; what is being issued is bound to
 * the customer as it was requested, and comes to nothing.
 *
 * Refuses: CUSTOMER_NOT_FOUND, INVALID_INPUT.
 */
export const correctCustomer = command<CorrectCustomerInput, CorrectCustomerPayload>({
  name: 'correctCustomer',
  scope: 'billing:write',
  check: z.object({ customerId: id, ...customerTerms }),

  async execute({ customerId, expectedVersion, ...terms }, { tx }) {
    const known = knownCustomer(terms)
    const customer = await tx.customer.findUnique({ where: { id: customerId } })
    if (!customer) throw notFound('Customer', customerId)
    expectVersion(customer, expectedVersion)
    const saved = await saveVersion(tx.customer, customer, known)
    return { payload: { customer: saved }, changes: [change('Customer', customer, saved)] }
  },
})
