import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fault } from '@steinmetz/kernel/errors'
import { createLog, createMetrics } from '@steinmetz/kernel/telemetry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Envelope, external } from '../../engine/command.ts'
import { outsideSystems } from '../outsideSystems.ts'
import { mail } from './commands.ts'
import { mailOutbox } from './mailOutbox.ts'
import type { Mail } from './message.ts'

const log = createLog({ service: 'test', level: 'silent' })
const tenantId = '11111111-1111-4111-8111-111111111111'
const invoice = {
  to: 'kunde@example.de',
  from: 'rechnung@firma.de',
  subject: 'Rechnung RE-2026-00001',
  text: 'Guten Tag\n',
}
const envelope = (idempotencyKey = 's1:delivery:forward:0', inDoubt = false): Envelope => ({
  command: mail.deliverInvoice({ invoiceId: 'i1' }),
  ...{ idempotencyKey, forwardKey: null, inDoubt, tenantId, traceparent: null },
  onBehalfOf: { person: 'p1', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' },
})

let folder: string
let composed: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mail-'))
  composed = 0
})
afterEach(async () => {
  await chmod(folder, 0o700).catch(() => {})
  await rm(folder, { recursive: true, force: true })
})

function outbox(compose: () => Promise<Mail | null> = async () => invoice, into = folder) {
  const counted = () => {
    composed++
    return compose()
  }
  const adapter = mailOutbox({ folder: into, compose: counted, now: () => new Date('2026-11-23T08:15:00Z') })
  return outsideSystems([adapter], { log, metrics: createMetrics('test') })
}
const files = () => readdir(join(folder, tenantId)).catch(() => [])

describe('the mail outbox', () => {
  it('puts a mail into the folder of its tenant, for nobody else to read', async () => {
    const answer = await outbox().send(envelope())
    expect(answer).toEqual({
      kind: 'done',
      answer: { messageId: expect.stringMatching(/^<[0-9a-f]{40}@erp-steinmetz>$/) },
    })
    const [file = ''] = await files()
    const message = await readFile(join(folder, tenantId, file), 'utf8')
    expect(message).toContain('To: kunde@example.de\r\n')
    expect(message).toContain('Date: Mon, 23 Nov 2026 08:15:00 +0000\r\n')
    expect((await stat(join(folder, tenantId, file))).mode & 0o777).toBe(0o600)
  })

  it('mails once for each step, however often it is asked and whoever asks', async () => {
    const first = await outbox().send(envelope())
    expect(await outbox().send(envelope('s1:delivery:forward:0', true))).toEqual(first)
    expect(composed).toBe(1)
    await outbox().send(envelope('s2:delivery:forward:0'))
    expect(await files()).toHaveLength(2)
  })

  it('mails once also where nobody has asked whether it was sent', async () => {
    await outbox().send(envelope())
    const [file = ''] = await files()
    const before = await readFile(join(folder, tenantId, file), 'utf8')
    expect(await outbox(async () => ({ ...invoice, text: 'another' })).send(envelope())).toMatchObject({ kind: 'done' })
    expect(await readFile(join(folder, tenantId, file), 'utf8')).toBe(before)
  })

  it('stops at a command that does not say what to mail', async () => {
    const unclear = { ...envelope(), command: external('mail', 'deliverInvoice', {}) }
    expect(await outbox().send(unclear)).toMatchObject({ kind: 'halted', code: 'COMMAND_UNREADABLE' })
  })

  it('leaves no half of a mail behind where it can be taken for one', async () => {
    await outbox().send(envelope())
    const [file = ''] = await files()
    await rm(join(folder, tenantId, file))
    await writeFile(join(folder, tenantId, `${file}.part`), 'To: kun')
    await outbox().send(envelope())
    expect(await files()).toEqual([file])
  })

  it('is in doubt while billing does not answer or the folder cannot be written', async () => {
    const silent = outbox(async () => {
      throw fault('SUBGRAPH_UNREACHABLE', 'billing gave no answer')
    })
    expect(await silent.send(envelope())).toMatchObject({ kind: 'inDoubt', code: 'SUBGRAPH_UNREACHABLE' })
    await writeFile(join(folder, 'file'), '')
    const nowhere = outbox(async () => invoice, join(folder, 'file'))
    expect(await nowhere.send(envelope())).toMatchObject({ kind: 'inDoubt', code: 'MAIL_NOT_WRITTEN' })
    await expect(nowhere.checks[0]?.check()).rejects.toThrow()
  })

  it('leaves alone for a while what fails again and again', async () => {
    await writeFile(join(folder, 'file'), '')
    const nowhere = outbox(async () => invoice, join(folder, 'file'))
    for (let nth = 0; nth < 5; nth++) await nowhere.send(envelope())
    expect(await nowhere.send(envelope())).toMatchObject({ kind: 'inDoubt', code: 'CIRCUIT_OPEN' })
  })

  it('calls a person when there is nothing to mail, or nobody knows the command', async () => {
    expect(await outbox(async () => null).send(envelope())).toMatchObject({ kind: 'halted', code: 'MAIL_NOT_COMPOSED' })
    const other = { ...envelope(), command: external('mail', 'forward', {}) }
    expect(await outbox().send(other)).toMatchObject({ kind: 'halted', code: 'COMMAND_UNKNOWN' })
  })

  it('is healthy when it can be written', async () => {
    await expect(outbox().checks[0]?.check()).resolves.toBeUndefined()
  })
})
