import { createHash } from 'node:crypto'
import { access, constants, mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, Fault, fault } from '@steinmetz/kernel/errors'
import type { Check } from '@steinmetz/kernel/health'
import { circuitBreaker, timeLimit } from '@steinmetz/kernel/resilience'
import type { Log } from '@steinmetz/kernel/telemetry'
import { z } from 'zod'
import type { Envelope, Outcome, Send } from '../../engine/command.ts'
import { type Mail, messageOf } from './message.ts'

export type MailOutboxOptions = {
  /** Where mails are put, in a folder for each tenant. Left out: nowhere, and deliveries wait for a person. */
  readonly folder: string | undefined
  /** What the mail of an issued document says; null when there is none, or nobody to send it to. */
  readonly compose: (envelope: Envelope, invoiceId: string) => Promise<Mail | null>
  readonly now: () => Date
  readonly log: Log
  /** How long writing may take. Default 10,000 ms. */
  readonly timeoutMs?: number
}

export type MailOutbox = {
  readonly send: Send
  /** Whether a command's `subgraph` is the mail system. */
  knows(name: string): boolean
  readonly checks: readonly Check[]
}

const input = z.object({ invoiceId: z.string() })

/**
 * The mail system as far as this platform goes: each mail is a file (.eml) in an outbox folder, from which a mail
 * server takes it. A command has one file and one Message-ID, whatever is tried how often; a file appears whole
 * or not at all, and is on disk before the command is answered. What a mail says is asked of its domain and
 * goes nowhere else: neither event nor step holds an address.
 */
export function mailOutbox({ folder, compose, now, log, timeoutMs = 10_000 }: MailOutboxOptions): MailOutbox {
  const changed = (state: string) => log.warn({ system: 'mail', breaker: state }, 'a breaker has changed')
  const breaker = circuitBreaker({ name: 'mail', changed })
  const limit = timeLimit('mail', timeoutMs)

  async function deliver(outbox: string, envelope: Envelope): Promise<Outcome> {
    const { invoiceId } = input.parse(envelope.command.input)
    const name = createHash('sha256').update(envelope.idempotencyKey).digest('hex').slice(0, 40)
    const messageId = `<${name}@erp-steinmetz>`
    const file = join(outbox, envelope.tenantId, `${name}.eml`)
    const done: Outcome = { kind: 'done', answer: { messageId } }
    if (await exists(file)) return done
    const mail = await compose(envelope, invoiceId)
    if (!mail) return halted('MAIL_NOT_COMPOSED', 'the document has nothing to mail, or its customer no address')
    await breaker.run(() => limit(() => put(file, messageOf(mail, { id: messageId, at: now() }))))
    return done
  }

  return {
    knows: (name) => name === 'mail',
    checks: folder === undefined ? [] : [{ name: 'mail', required: false, check: () => writable(folder) }],
    async send(envelope) {
      if (envelope.command.mutation !== 'deliverInvoice')
        return halted('COMMAND_UNKNOWN', `the mail system does not know ${envelope.command.mutation}`)
      if (folder === undefined) return halted('MAIL_NOT_CONFIGURED', 'MAIL_FOLDER says nowhere to put mails')
      try {
        return await deliver(folder, envelope)
      } catch (error) {
        if (error instanceof Fault) return { kind: 'inDoubt', code: error.code, message: error.message }
        const why = describeError(error).code ?? 'no reason'
        return {
          kind: 'inDoubt',
          code: 'MAIL_NOT_WRITTEN',
          message: `the mail could not be put into its folder: ${why}`,
        }
      }
    },
  }
}

/** Writes beside, flushes, then moves into place: what takes mails from the folder never sees half of one. */
async function put(file: string, message: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  const beside = `${file}.part`
  const handle = await open(beside, 'w', 0o600)
  try {
    await handle.writeFile(message)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(beside, file)
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function writable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw fault('MAIL_FOLDER_CLOSED', 'the mail folder cannot be written', { cause })
  })
}

function halted(code: string, message: string): Outcome {
  return { kind: 'halted', code, message }
}
