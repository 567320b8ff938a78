import { commandOf, id, line } from '@steinmetz/kernel/command'
import { z } from 'zod'
import type { PrismaClient } from './generated/prisma/client.ts'

/** Defines a command of billing. */
export const command = commandOf<PrismaClient>()

// What several commands check alike of their input.

export const address = z.object({
  street: line(200),
  addition: line(200).nullish(),
  postalCode: line(20),
  city: line(100),
})

const days = z.int().min(0, 'give 0 to 365 days').max(365, 'give 0 to 365 days')

export const customerTerms = {
  name: line(200),
  contactName: line(200).nullish(),
  email: z.email('give an address such as name@example.de').nullish(),
  vatId: line(20).nullish(),
  billingAddress: address,
  deliveryAddress: address.nullish(),
  paymentTermDays: days,
}

export const series = z.string().regex(/^[A-Z]{1,8}$/, 'give 1 to 8 capital letters')

/** Far from where a quantity, or a correction of it, would no longer be a GraphQL Int. */
const quantityAtMost = 2_000_000_000

/** A billion euros for one. */
export const price = z
  .bigint()
  .min(0n, 'give 0 or more')
  .max(10n ** 15n, 'give at most a billion euros')

/** 200 lines are as many audit records, all in one transaction. */
const linesAtMost = 200

export const listOf = <Line extends z.ZodType>(one: Line) =>
  z.array(one).min(1, 'give at least one').max(linesAtMost, `give at most ${linesAtMost}`)

export const invoiceTerms = {
  series,
  paymentTermDays: days.nullish(),
  buyerReference: line(100).nullish(),
  note: z.string().max(2_000, 'give at most 2,000 characters').nullish(),
  zeroRateReason: line(200).nullish(),
  lines: listOf(
    z.object({
      description: line(500),
      unitCode: z.string().regex(/^[A-Z0-9]{2,3}$/, 'give a code of UN/ECE Recommendation 20, such as C62'),
      quantityThousandths: z
        .int()
        .refine((quantity) => quantity !== 0, 'give another quantity than 0')
        .refine((quantity) => Math.abs(quantity) <= quantityAtMost, 'give at most two million'),
      unitPriceMicros: price,
    }),
  ),
}

export const creditLines = listOf(
  z.object({
    lineId: id,
    quantityThousandths: z.int().min(1, 'give more than 0').max(quantityAtMost, 'give at most two million'),
    unitPriceMicros: price.nullish(),
  }),
)

/** Each is two rows that are saved and audited. */
const allocationsAtMost = 100

export const allocations = z
  .array(z.object({ invoiceId: id }))
  .max(allocationsAtMost, `give at most ${allocationsAtMost} at once`)
  .nullish()
