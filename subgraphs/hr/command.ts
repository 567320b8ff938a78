import { commandOf, line } from '@steinmetz/kernel/command'
import { z } from 'zod'
import type { PrismaClient } from './generated/prisma/client.ts'

/** Defines a command of personnel. */
export const command = commandOf<PrismaClient>()

/** What the schema's types cannot say of a person's fields. */
export const personChecks = {
  personnelNumber: z.string().regex(/^[A-Za-z0-9-]{1,20}$/, 'give 1 to 20 letters, digits or hyphens'),
  firstName: line(100),
  lastName: line(100),
  email: z.email('give an address such as name@example.de').max(254, 'give at most 254 characters').nullish(),
}

/**
 * Holds an employee until the command's transaction ends. Whoever decides by the contract and whoever changes
 * it write different rows, and versions alone would let both have their way: what is read after this is what
 * the other has left.
 */
export async function holdEmployee(tx: PrismaClient, employeeId: string): Promise<void> {
  await tx.$queryRaw`select id from employee where id = ${employeeId}::uuid for no key update`
}
