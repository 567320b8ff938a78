/** One line of a file, numbered from 1. `text` is undefined where the bytes are not UTF-8. */
export type Line = { number: number; text: string | undefined; bytes: Uint8Array }

const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = '\ufeff'

/**
 * Splits a file into lines and decodes each by itself, so that a single badly encoded line spoils no other.
 * Lines end with LF, CRLF or CR.
 */
export function linesOf(file: Uint8Array): Line[] {
  const lines: Line[] = []
  let from = 0
  for (let at = 0; at <= file.length; at++) {
    const byte = file[at]
    if (byte !== undefined && byte !== lineFeed && byte !== carriageReturn) continue
    const bytes = file.subarray(from, at)
    lines.push({ number: lines.length + 1, text: decode(bytes, lines.length === 0), bytes })
    if (byte === carriageReturn && file[at + 1] === lineFeed) at++
    from = at + 1
  }
  return lines
}

/** What is wrong with the file as a whole, where it is in an encoding that has no such lines at all. */
export function unreadable(file: Uint8Array): string | undefined {
  const [first, second] = file
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'the file is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)'
  if (file.includes(0)) return 'the file holds zero bytes and is no text; save the table as CSV in UTF-8'
  return undefined
}

/** Why a line could not be decoded, or what shows that it was encoded wrongly before. */
export function encodingMistake({ text, bytes }: Line): string | undefined {
  if (text === undefined)
    return `is not UTF-8; read as Windows-1252 it says “${excerpt(windows1252.decode(bytes))}”: save the file as UTF-8`
  const twice = twiceEncoded.exec(text)
  if (twice)
    return `was encoded twice: “${excerpt(text.slice(Math.max(0, twice.index - contextLength)))}”; export the file again as UTF-8`
  if (text.includes('\ufffd')) return `has lost characters: “${excerpt(text)}”; export the file again as UTF-8`
  return undefined
}

// UTF-8 of ä ö ü Ä Ö Ü ß and their like, read as Latin-1 or Windows-1252. No name has such a pair of letters.
const twiceEncoded = /[ÃÂ][\u0080-\u00bf„–œŸ]/
const windows1252 = new TextDecoder('windows-1252')
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const excerptLength = 40
const contextLength = 10

function decode(bytes: Uint8Array, first: boolean): string | undefined {
  try {
    // A macOS export may write ü as u and two dots; the same name must be the same text everywhere.
    const text = utf8.decode(bytes).normalize('NFC')
    return first && text.startsWith(byteOrderMark) ? text.slice(1) : text
  } catch {
    return undefined
  }
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ').trim()
  return line.length > excerptLength ? `${line.slice(0, excerptLength)}…` : line
}
