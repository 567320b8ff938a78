import type { IsoDate } from './contract.ts'
import { InputError } from './inputError.ts'

/** Months counted through, so that ages and spans are differences: year × 12 + month − 1. */
export type MonthIndex = number

type Day = { readonly month: MonthIndex; readonly day: number }

/** The month of a text such as 2026-03. */
export function monthOf(text: string): MonthIndex {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new InputError('month.month', `must be YYYY-MM, is ${text}`)
  return indexOf(text)
}

export function yearOf(month: MonthIndex): number {
  return Math.floor(month / 12)
}

/** 1 to 12. */
export function monthOfYear(month: MonthIndex): number {
  return (month % 12) + 1
}

/**
 * The month in which a person completes an age. An age is completed the day before the birthday (§ 187 Abs. 2,
 * § 188 Abs. 2 BGB), so whoever was born on a first completes it the month before.
 */
export function monthOfCompleting(birthDate: IsoDate, ageMonths: number): MonthIndex {
  const { month, day } = dayOf('birthDate', birthDate)
  return month + ageMonths - (day === 1 ? 1 : 0)
}

/** The month a date lies in. */
export function monthOfDate(field: string, date: IsoDate): MonthIndex {
  return dayOf(field, date).month
}

/** An employment's part of a month. */
export type MonthPart = {
  /** Calendar days of the month that the employment covers. */
  readonly calendarDays: number
  readonly isFullMonth: boolean
  /** Sozialversicherungstage: a full month has 30 whatever its length (§ 1 Abs. 1 BVV). */
  readonly insuredDays: number
}

/** What of a month lies between the first and the last day of an employment; refuses a month outside of it. */
export function monthPart(month: MonthIndex, startsOn: IsoDate, endsOn: IsoDate | undefined): MonthPart {
  const length = daysIn(month)
  const start = dayOf('contract.startsOn', startsOn)
  const end = endsOn === undefined ? null : dayOf('contract.endsOn', endsOn)
  if (start.month > month) throw new InputError('month.month', 'lies before the employment')
  if (end !== null && end.month < month) throw new InputError('month.month', 'lies after the employment')
  const first = start.month === month ? start.day : 1
  const last = end?.month === month ? end.day : length
  const calendarDays = last - first + 1
  if (calendarDays < 1) throw new InputError('contract.endsOn', 'lies before startsOn')
  const isFullMonth = calendarDays === length
  return { calendarDays, isFullMonth, insuredDays: isFullMonth ? 30 : calendarDays }
}

function dayOf(field: string, date: IsoDate): Day {
  if (!/^\d{4}-(0[1-9]|1[0-2])-\d{2}$/.test(date)) throw new InputError(field, `must be YYYY-MM-DD, is ${date}`)
  const month = indexOf(date)
  const day = Number(date.slice(8))
  if (day < 1 || day > daysIn(month)) throw new InputError(field, `is no day of the calendar: ${date}`)
  return { month, day }
}

function indexOf(text: string): MonthIndex {
  return Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1
}

function daysIn(month: MonthIndex): number {
  const number = monthOfYear(month)
  if (number === 2) return isLeapYear(yearOf(month)) ? 29 : 28
  return number === 4 || number === 6 || number === 9 || number === 11 ? 30 : 31
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}
