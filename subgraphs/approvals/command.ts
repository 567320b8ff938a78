import type { Approval } from '@steinmetz/kernel/attestation'
import { commandOf } from '@steinmetz/kernel/command'
import type { PrismaClient } from './generated/prisma/client.ts'

/** What the commands of approvals use besides the kernel's: the domain's signature. */
export type Tools = { readonly signApproval: (approval: Approval) => string }

/** Defines a command of approvals. */
export const command = commandOf<PrismaClient, Tools>()
