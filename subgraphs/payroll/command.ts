import { commandOf } from '@steinmetz/kernel/command'
import type { PrismaClient } from './generated/prisma/client.ts'

/** Defines a command of payroll. */
export const command = commandOf<PrismaClient>()
