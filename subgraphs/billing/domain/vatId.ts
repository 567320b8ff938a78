import { refuse } from '@steinmetz/kernel/errors'
import { checkVAT, countries } from 'jsvat'

/**
 * A VAT identification number (USt-IdNr., § 27a UStG) as machines write it: without blanks, in capitals. Its
 * country, format and check digits are right; whether it is given out, only the tax office knows. Refuses
 * INVALID_INPUT, naming `field` and not repeating the number.
 */
export function vatId(field: string, text: string): string {
  const compact = text.replaceAll(/[\s.-]/g, '')
  // Capitals are made of Latin letters alone: those of others can become Latin ones, or two.
  const written = /^[A-Za-z0-9]*$/.test(compact) ? compact.toUpperCase() : ''
  const { isValid, isValidFormat, isSupportedCountry } = checkVAT(written, countries)
  if (isValid) return written
  const mistake = !isSupportedCountry
    ? 'it begins with the two letters of a country of the EU, of CH, GB or NO'
    : isValidFormat
      ? 'its check digits do not match: a character is wrong'
      : 'it is not written as its country writes VAT identification numbers'
  throw refuse('INVALID_INPUT', `${field}: ${mistake}`)
}
