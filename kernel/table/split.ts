const quote = '"'

/** Why a line could not be split; a reason completes the sentence “the line …”. */
export const unsplittable = 'has a quotation mark that is not closed, or stands inside of a field'

/**
 * Splits a line into its values, without blanks around them. A value in quotes may hold separators, and quotes
 * that are doubled. Undefined where a quote is not closed or stands inside of a value.
 */
export function splitLine(text: string, separator: ',' | ';'): string[] | undefined {
  const values: string[] = []
  for (let at = 0; at <= text.length; ) {
    const opened = openingQuote(text, at)
    const found = opened === undefined ? plainValue(text, at, separator) : quotedValue(text, opened, separator)
    if (!found) return undefined
    values.push(found.value.trim())
    at = found.next
  }
  return values
}

type Found = { readonly value: string; readonly next: number }

/** Where a value in quotes begins, if the next one is. */
function openingQuote(text: string, at: number): number | undefined {
  const blanks = /\s*"/y
  blanks.lastIndex = at
  return blanks.test(text) ? blanks.lastIndex : undefined
}

function plainValue(text: string, at: number, separator: string): Found | undefined {
  const end = text.indexOf(separator, at)
  const value = text.slice(at, end < 0 ? text.length : end)
  return value.includes(quote) ? undefined : { value, next: end < 0 ? text.length + 1 : end + 1 }
}

function quotedValue(text: string, at: number, separator: ',' | ';'): Found | undefined {
  const rest = separator === ',' ? /((?:[^"]|"")*)"\s*(,|$)/y : /((?:[^"]|"")*)"\s*(;|$)/y
  rest.lastIndex = at
  const found = rest.exec(text)
  if (!found) return undefined
  const [, value = '', behind] = found
  return { value: value.replaceAll('""', quote), next: behind === '' ? text.length + 1 : rest.lastIndex }
}
