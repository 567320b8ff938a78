import { createHash } from 'node:crypto'
import { access, constants, mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, fault } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import type { Envelope, Outcome } from '../../engine/command.ts'
import type { Adapter } from '../outsideSystems.ts'
import { type Mail, mailSchema, messageOf } from './message.ts'

export type MailOutboxOptions = {
  /** Where mails are put, in a folder for each tenant. */
  readonly folder: string
  /** What the mail of an issued document says; null when there is none, or nobody to send it to. */
  readonly compose: (envelope: Envelope, invoiceId: string) => Promise<Mail | null>
  readonly now: () => Date
}

const ordered = z.object({ invoiceId: z.string() })
const composed = z.object({ mail: mailSchema })

/**
 * The mail system as far as this platform goes: each mail is a file (.eml) in an outbox folder, from which a mail
 * server takes it. A command has one file and one Message-ID, whatever is tried how often; a file appears whole
 * or not at all, and is on disk before the command is answered. What a mail says is asked of its domain and
 * goes nowhere else: neither event nor step holds an address.
 */
export function mailOutbox({ folder, compose, now }: MailOutboxOptions): Adapter {
  return {
    names: ['mail'],

    async prepare(envelope) {
      const { command } = envelope
      if (command.mutation !== 'deliverInvoice')
        return halted('COMMAND_UNKNOWN', `the mail system does not know ${command.mutation}`)
      const { data: input } = ordered.safeParse(command.input)
      if (!input) return halted('COMMAND_UNREADABLE', 'the command does not say which document is to be mailed')
      const mail = await compose(envelope, input.invoiceId)
      if (!mail) return halted('MAIL_NOT_COMPOSED', 'the document has nothing to mail, or its customer no address')
      return { ...envelope, command: { ...command, input: { mail } } }
    },

    async call(envelope) {
      const { mail } = composed.parse(envelope.command.input)
      const { file, messageId } = placeOf(folder, envelope)
      // A worker that slept over its saga asks nobody: another may have put it meanwhile.
      if (await exists(file)) return { kind: 'done', answer: { messageId } }
      await put(file, messageOf(mail, { id: messageId, at: now() })).catch((cause: unknown) => {
        const why = describeError(cause).code ?? 'no reason'
        throw fault('MAIL_NOT_WRITTEN', `the mail could not be put into its folder: ${why}`, { cause })
      })
      return { kind: 'done', answer: { messageId } }
    },

    async status(envelope) {
      const { file, messageId } = placeOf(folder, envelope)
      return (await exists(file)) ? { kind: 'done', answer: { messageId } } : null
    },

    async check() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await access(folder, constants.W_OK).catch((cause: unknown) => {
        throw fault('MAIL_FOLDER_CLOSED', 'the mail folder cannot be written', { cause })
      })
    },
  }
}

/** Both follow from the reference, so that whoever asks finds what another has put there. */
function placeOf(folder: string, { idempotencyKey, tenantId }: Envelope) {
  const name = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)
  return { file: join(folder, tenantId, `${name}.eml`), messageId: `<${name}@erp-steinmetz>` }
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

function halted(code: string, message: string): Outcome {
  return { kind: 'halted', code, message }
}
