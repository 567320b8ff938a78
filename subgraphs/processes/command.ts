import { change, commandOf, expectVersion, id, line } from '@steinmetz/kernel/command'
import { notFound, refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { allow, type OrderKind } from './domain/order.ts'
import type { DeadLetter, Instance, PrismaClient } from './generated/prisma/client.ts'
import { expectNonePending, give, hold } from './ledger/orders.ts'

/** Defines a command of processes. None of them changes a process: they give orders, which the engine carries out. */
export const command = commandOf<PrismaClient>()

export const scope = 'processes:operate'

/** What new processes begin on is decided by others than those who look after running ones, or by the same. */
export const releaseScope = 'processes:release'

/** Why something is ordered or proposed, in people's words. */
export const reason = line(500)

type ProcessOrder = { readonly processId: string; readonly expectedVersion: number; readonly reason?: string | null }

/** An order about one process. What is decided of it and what is written differ by its kind alone. */
export const processOrder = (name: string, kind: OrderKind, check: z.ZodRawShape = { reason: reason.nullish() }) =>
  command<ProcessOrder, { process: { id: string } }>({
    name,
    scope,
    check: z.object({ processId: id, ...check }),

    async execute({ processId, expectedVersion, reason: note = null }, context) {
      const { tx } = context
      await hold(tx, [processId])
      const process = await tx.instance.findUnique({ where: { id: processId } })
      if (!process) throw notFound('Process', processId)
      const pivot = {
        sagaId: process.id,
        direction: 'FORWARD',
        kind: { in: ['pivot', 'externalPivot'] },
        status: { not: 'REFUSED' },
      }
      allow(kind, { ...process, pivotStarted: (await tx.step.count({ where: pivot })) > 0 })
      expectVersion(process, expectedVersion)
      await expectNonePending(tx, { sagaId: process.id })
      await give(context, [{ kind, note, sagaId: process.id }])
      return { payload: { process }, changes: [ordered(process, kind, note)] }
    },
  })

/** As the audit trail keeps it: what was ordered, why, and how the process stood. */
export function ordered({ id, version, state }: Instance, order: OrderKind, note: string | null) {
  const before = { id, version, state }
  const after = { ...before, order, reason: note }
  return change('Process', before, after)
}

type LetterOrder = { readonly deadLetterId: string; readonly reason?: string | null }

/** An order about one event that was put aside. */
export const letterOrder = (name: string, kind: OrderKind, check: z.ZodRawShape = {}) =>
  command<LetterOrder, { deadLetter: { id: string } }>({
    name,
    scope,
    check: z.object({ deadLetterId: id, ...check }),

    async execute({ deadLetterId, reason: note = null }, context) {
      const { tx } = context
      await hold(tx, [deadLetterId])
      const deadLetter = await tx.deadLetter.findUnique({ where: { id: deadLetterId } })
      if (!deadLetter) throw notFound('DeadLetter', deadLetterId)
      allowOnLetter(deadLetter)
      await expectNonePending(tx, { deadLetterId: deadLetter.id })
      await give(context, [{ kind, note, deadLetterId: deadLetter.id }])
      const { id, type, code } = deadLetter
      const before = { id, type, code }
      const after = { ...before, order: kind, reason: note }
      return { payload: { deadLetter }, changes: [change('DeadLetter', before, after)] }
    },
  })

function allowOnLetter({ source, settledAt, outcome }: DeadLetter): void {
  if (settledAt) throw refuse('DEAD_LETTER_SETTLED', `it was settled before: ${outcome}`)
  if (source === 'STEP')
    throw refuse('DEAD_LETTER_OF_PROCESS', 'a step of a process is stuck: redrive, skip or cancel by the process')
}
