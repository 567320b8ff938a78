/** One line of a file, numbered from 1. `bytes` is undefined where there were more than are kept. */
export type Line = { readonly number: number; readonly bytes: Uint8Array | undefined }

const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = '\ufeff'

/**
 * Splits what comes in pieces into lines, which end with LF, CRLF or CR. Never holds more than the line under
 * way, and of that no more than `atMostBytes`. The lines of a piece are read before the next one is pushed.
 */
export function lineSplitter(atMostBytes: number): { push(piece: Uint8Array): Line[]; end(): Line[] } {
  let number = 0
  let kept: Uint8Array[] = []
  let length = 0
  let afterReturn = false

  /** The start of a line whose end is still to come. A copy: whoever brings the pieces may use one again. */
  function keep(part: Uint8Array): void {
    length += part.length
    if (length > atMostBytes) kept = []
    else if (part.length > 0) kept.push(Buffer.from(part))
  }
  function close(part: Uint8Array): Line {
    length += part.length
    const bytes = length > atMostBytes ? undefined : kept.length === 0 ? part : Buffer.concat([...kept, part])
    kept = []
    length = 0
    number += 1
    return { number, bytes }
  }

  return {
    push(piece) {
      const lines: Line[] = []
      let from = 0
      for (let at = 0; at < piece.length; at++) {
        const byte = piece[at]
        const endsPair = afterReturn && byte === lineFeed
        afterReturn = byte === carriageReturn
        if (byte !== lineFeed && byte !== carriageReturn) continue
        if (!endsPair) lines.push(close(piece.subarray(from, at)))
        from = at + 1
      }
      keep(piece.subarray(from))
      return lines
    },
    end: () => [close(new Uint8Array())],
  }
}

/** A line as text, or why it is none; a reason completes the sentence “the line …”. `quoting` says what it seems to be. */
export function textOf({ number, bytes }: Line, quoting: boolean): { text: string } | { mistake: string } {
  if (!bytes) return { mistake: 'is too long; a line end or a quotation mark may be missing' }
  const marked = number === 1 && utf16Mark(bytes)
  if (marked) return { mistake: 'is UTF-16; save the file as UTF-8 (in Excel: CSV UTF-8)' }
  if (bytes.includes(0)) return { mistake: 'holds zero bytes and is no text; save the table as CSV in UTF-8' }
  const text = decoded(bytes, number === 1)
  if (text === undefined) {
    const seems = quoting ? `; read as Windows-1252 it says “${excerpt(windows1252.decode(bytes))}”` : ''
    return { mistake: `is not UTF-8${seems}: save the file as UTF-8 (in Excel: CSV UTF-8)` }
  }
  const quoted = (from: number) => (quoting ? `: “${excerpt(text.slice(Math.max(0, from)))}”` : '')
  const twice = twiceEncoded.exec(text)
  if (twice)
    return { mistake: `was encoded twice${quoted(twice.index - contextLength)}; export the file again as UTF-8` }
  if (text.includes('\ufffd')) return { mistake: `has lost characters${quoted(0)}; export the file again as UTF-8` }
  return { text }
}

/** A text as it may stand in a message: one short line. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, '·').trim()
  return line.length > excerptLength ? `${line.slice(0, excerptLength)}…` : line
}

// UTF-8 of ä ö ü Ä Ö Ü ß and their like, read as Latin-1 or Windows-1252. No name has such a pair of letters.
const twiceEncoded = /[ÃÂ][\u0080-\u00bf„–œŸ]/
const windows1252 = new TextDecoder('windows-1252')
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const excerptLength = 40
const contextLength = 10

function utf16Mark([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
}

function decoded(bytes: Uint8Array, first: boolean): string | undefined {
  try {
    // macOS may write ü as u and two dots; the same name must be the same text everywhere.
    const text = utf8.decode(bytes).normalize('NFC')
    return first && text.startsWith(byteOrderMark) ? text.slice(1) : text
  } catch {
    return undefined
  }
}
