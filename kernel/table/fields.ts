/** A value as read, or why it cannot be read; a reason completes the sentence “<column> <value> …”. */
export type Read<Value> = { value: Value } | { mistake: string }

// Beyond what anybody means, and still exact as a JavaScript number of cents.
const euroDigitsAtMost = 9

/**
 * Reads an amount of euros as cents, written the German way (`3.450,00`) or the English (`3,450.00`), with or
 * without thousands separators, with `€` or `EUR` behind it. What could mean two amounts is not guessed at:
 * `3.450` may be 3450 or 3.45.
 */
export function amountCents(text: string): Read<number> {
  const bare = text.replace(/\s*(€|EUR)$/i, '')
  if (/^\d{1,3}[.,]\d{3}$/.test(bare)) return mistake('can be read in two ways: write it like 3450.00 or 3.450,00')
  const read = plain.exec(bare) ?? german.exec(bare) ?? english.exec(bare)
  if (!read) return mistake('is no amount: write it like 3450.00 or 3.450,00')
  const [, euros = '', cents = ''] = read
  const digits = euros.replaceAll(/\D/g, '').replace(/^0+(?=\d)/, '')
  if (digits.length > euroDigitsAtMost) return mistake('is more than 999.999.999,99')
  return { value: Number(digits) * 100 + Number(cents.padEnd(2, '0')) }
}
const plain = /^(\d+)(?:[.,](\d{1,2}))?$/
const german = /^(\d{1,3}(?:\.\d{3})+)(?:,(\d{1,2}))?$/
const english = /^(\d{1,3}(?:,\d{3})+)(?:\.(\d{1,2}))?$/

/** Reads hours with at most two decimals behind a point or a comma. How many are allowed is not decided here. */
export function hours(text: string): Read<number> {
  if (!/^\d{1,3}([.,]\d{1,2})?$/.test(text)) return mistake('is no number of hours: write it like 38.5 or 38,5')
  return { value: Number(text.replace(',', '.')) }
}

/** Reads a calendar date, `2026-11-23` or `23.11.2026`, as ISO 8601. */
export function date(text: string): Read<string> {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text)
  const [year, month, day] = iso ? iso.slice(1).map(Number) : german ? german.slice(1).reverse().map(Number) : []
  if (year === undefined || month === undefined || day === undefined)
    return mistake('is no date: write it like 2027-01-31 or 31.01.2027')
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  // A day that does not exist rolls over into another one.
  if (year < 1 || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day)
    return mistake('is a day that does not exist')
  return { value: at.toISOString().slice(0, 10) }
}

/** Reads a line of text that must say something. */
export function line(text: string): Read<string> {
  if (text === '') return mistake('is missing')
  if (/\p{Cc}/u.test(text)) return mistake('holds control characters')
  return { value: text }
}

/** Reads what may be left empty, as null. */
export function optional<Value>(read: (text: string) => Read<Value>): (text: string) => Read<Value | null> {
  return (text) => (text === '' ? { value: null } : read(text))
}

/** Reads what must not be left empty. */
export function required<Value>(read: (text: string) => Read<Value>): (text: string) => Read<Value> {
  return (text) => (text === '' ? mistake('is missing') : read(text))
}

function mistake(reason: string): { mistake: string } {
  return { mistake: reason }
}
