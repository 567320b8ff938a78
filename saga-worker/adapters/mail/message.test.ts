import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageOf } from './message.ts'

const at = new Date('2026-11-23T08:15:00Z')
const written = (more: object = {}) =>
  messageOf({ to: 'a@b.de', from: 'c@d.de', subject: 'Rechnung', text: 'Hallo', ...more }, { id: '<1@x>', at })

/** Reads a message back as a mail program does. */
function read(message: string) {
  const [head = '', body = ''] = message.split('\r\n\r\n')
  const headers = head.replaceAll(/\r\n /g, '').split('\r\n')
  const subject = headers.find((header) => header.startsWith('Subject: '))?.slice('Subject: '.length) ?? ''
  const decoded = subject.replaceAll(/=\?utf-8\?B\?([^?]*)\?=/g, (_, word) => Buffer.from(word, 'base64').toString())
  return { headers, subject: decoded, text: Buffer.from(body, 'base64').toString('utf8') }
}

describe('a mail', () => {
  it('says what was written, whatever it is written with', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), (subject, text) => {
        const got = read(written({ subject, text }))
        expect(got.subject).toBe(subject.replaceAll(/[\r\n]+/g, ' '))
        expect(got.text).toBe(text.replaceAll(/\r?\n/g, '\r\n'))
      }),
    )
  })

  it('has no line that a mail server would cut or refuse', () => {
    const message = written({ subject: 'Ü'.repeat(300), text: 'ä'.repeat(5_000) })
    expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78)
    expect(message).toMatch(/^[\x20-\x7e\r\n]*$/)
  })

  it('has no header that somebody wrote into a value', () => {
    const { headers } = read(written({ subject: 'x\r\nBcc: all@world.de', to: 'a@b.de\r\nBcc: all@world.de' }))
    expect(headers.filter((header) => header.startsWith('Bcc'))).toEqual([])
    expect(headers.map((header) => header.split(':')[0])).toEqual([
      ...['Message-ID', 'Date', 'From', 'To', 'Subject'],
      ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
    ])
  })
})
