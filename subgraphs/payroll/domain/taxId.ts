// § 139a AO gives everyone an identification number (steuerliche Identifikationsnummer); how it is built is
// published by the tax administrations: "Prüfung der Steuer- und Steueridentifikationsnummer" (ELSTER),
// chapter 2. Three of a digit are allowed since 2016; numbers given before have two.

/**
 * Says what keeps a text from being an identification number; null when nothing does. It is eleven digits,
 * the first no zero. Among the first ten exactly one digit occurs twice, or three times but not in a row,
 * and every other at most once. The eleventh is a check digit. The number itself is never repeated, as
 * what is said here is stored and logged.
 */
export function taxIdMistake(text: string): string | null {
  if (!/^[0-9]{11}$/.test(text)) return 'give eleven digits'
  if (text.startsWith('0')) return 'a number that begins with 0 is for tests and belongs to nobody'
  const ten = text.slice(0, 10)
  const repeated = [...occurrences(ten)].filter(([, times]) => times > 1)
  const [[digit, times] = ['', 0], ...others] = repeated
  if (others.length > 0 || times < 2 || times > 3)
    return 'among its first ten digits exactly one must occur twice or three times'
  if (ten.includes(digit.repeat(3))) return 'none of its digits occurs three times in a row'
  if (text.slice(10) !== String(checkDigit(ten))) return 'its check digit does not match: a digit is wrong'
  return null
}

/** The check digit of a row of digits by ISO/IEC 7064, MOD 11,10. It reveals every single wrong digit. */
export function checkDigit(digits: string): number {
  let product = 10
  for (const digit of digits) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10
}

function occurrences(digits: string): Map<string, number> {
  const count = new Map<string, number>()
  for (const digit of digits) count.set(digit, (count.get(digit) ?? 0) + 1)
  return count
}
