import type { Json } from './json.ts'

/** Thrown for a text that only JSON.parse can judge. */
export class NotForUs extends Error {}

/** Reads compact JSON text value by value, from where it stands. Throws for what it does not expect. */
export class JsonCursor {
  text = ''
  at = 0
  /** Where the next backslash is, if any. */
  private nextEscape = -1

  begin(text: string): void {
    this.text = text
    this.at = 0
    this.nextEscape = text.indexOf('\\')
  }

  readString(): string {
    const { text } = this
    const start = this.at + 1
    if (this.nextEscape >= 0 && this.nextEscape < start) this.nextEscape = text.indexOf('\\', start)
    let end = text.indexOf('"', start)
    if (end < 0) throw new NotForUs()
    this.at = end + 1
    if (this.nextEscape < 0 || end < this.nextEscape) return text.slice(start, end)
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
    this.at = end + 1
    return JSON.parse(text.slice(start - 1, this.at))
  }

  readNumber(): number {
    const { text } = this
    const start = this.at
    let end = start
    let whole = 0
    for (let digit = text.charCodeAt(end) - zero; digit >= 0 && digit <= 9; digit = text.charCodeAt(++end) - zero)
      whole = whole * 10 + digit
    const digits = end - start
    const isWhole = digits > 0 && digits < 10 && !isOfNumber(text.charCodeAt(end))
    if (!isWhole) while (isOfNumber(text.charCodeAt(end))) end++
    this.at = end
    return isWhole && (digits === 1 || text.charCodeAt(start) !== zero) ? whole : JSON.parse(text.slice(start, end))
  }

  readWord<T extends Json>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw new NotForUs()
    this.at += word.length
    return value
  }
}

const zero = 0x30

/** Whether the quote at `end` is part of its string: an odd number of backslashes before it says so. */
function isEscaped(text: string, end: number): boolean {
  if (end < 0) throw new NotForUs()
  let before = end
  while (text.charCodeAt(before - 1) === 0x5c) before--
  return (end - before) % 2 === 1
}

/** A digit, a sign, a point or an exponent. */
function isOfNumber(code: number): boolean {
  return (
    (code >= zero && code <= 0x39) || code === 0x2d || code === 0x2e || code === 0x2b || code === 0x45 || code === 0x65
  )
}
