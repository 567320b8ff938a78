import { z } from 'zod'

/** A mail as the domain composes it. */
export const mailSchema = z.object({ to: z.string(), from: z.string(), subject: z.string(), text: z.string() })

export type Mail = Readonly<z.output<typeof mailSchema>>

/** A mail as it is stored and sent (RFC 5322, MIME): UTF-8 in base64, so that no line is too long for any server. */
export function messageOf({ to, from, subject, text }: Mail, { id, at }: { id: string; at: Date }): string {
  const headers = [
    `Message-ID: ${id}`,
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `From: ${oneLine(from)}`,
    `To: ${oneLine(to)}`,
    `Subject: ${encodedWords(subject)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ]
  const body = Buffer.from(text.replaceAll(/\r?\n/g, '\r\n'), 'utf8').toString('base64')
  return [...headers, '', ...(body.match(/.{1,76}/g) ?? []), ''].join('\r\n')
}

/** Nobody may add a header by writing a line break into a value. */
const oneLine = (text: string) => text.replaceAll(/[\r\n]+/g, ' ')

// A line with encoded words has at most 76 characters (RFC 2047). So many bytes are 52 in base64; with the frame of
// a word and the name of the header 73.
const bytesOfWord = 39

function encodedWords(text: string): string {
  const words: string[] = []
  for (const character of oneLine(text)) {
    const last = words.at(-1)
    if (last !== undefined && Buffer.byteLength(last + character) <= bytesOfWord) words[words.length - 1] += character
    else words.push(character)
  }
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}
