import { refuse } from '@steinmetz/kernel/errors'
import { ValidationErrorsIBAN, validateIBAN } from 'ibantools'

/** Where a salary is paid to: the IBAN as machines write it, without blanks and in capitals. */
export type BankData = { iban: string; accountHolder: string }

/**
 * Decides whether a bank account can be paid to: its country, length, format and check digits (ISO 13616)
 * are right. Blanks and small letters do not matter. Refuses INVALID_INPUT, without repeating the number.
 */
export function bankData({ iban, accountHolder }: BankData): BankData {
  const compact = iban.replaceAll(/\s/g, '')
  // Capitals are made of Latin letters alone: those of others can become Latin ones, or two.
  const written = /^[A-Za-z0-9]*$/.test(compact) ? compact.toUpperCase() : compact
  const { valid, errorCodes } = validateIBAN(written)
  if (!valid) throw refuse('INVALID_INPUT', `iban: ${mistake(errorCodes)}`)
  return { iban: written, accountHolder }
}

function mistake(found: readonly ValidationErrorsIBAN[]): string {
  const { NoIBANProvided, NoIBANCountry, WrongBBANLength, WrongBBANFormat, ChecksumNotNumber } = ValidationErrorsIBAN
  const has = (...errors: readonly ValidationErrorsIBAN[]) => errors.some((error) => found.includes(error))
  if (has(NoIBANProvided, NoIBANCountry)) return 'it begins with the two letters of a country that has IBANs'
  if (has(WrongBBANLength)) return 'it is too short or too long for its country'
  if (has(WrongBBANFormat, ChecksumNotNumber)) return 'it is not written as its country writes IBANs'
  return 'its check digits do not match: a character is wrong'
}
