import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amountCents, date, hours } from './fields.ts'

const digits = (text: string) => text.replace(/\B(?=(\d{3})+$)/g, '_')

describe('an amount', () => {
  it.each([
    ['3450', 345_000],
    ['3450.00', 345_000],
    ['3450,5', 345_050],
    ['3.450,00', 345_000],
    ['3,450.07', 345_007],
    ['1.234.567,89', 123_456_789],
    ['0,99', 99],
    ['3.450,00 €', 345_000],
    ['3450 EUR', 345_000],
    ['00012,30', 1230],
  ])('reads %s as %i cents', (text, value) => {
    expect(amountCents(text)).toEqual({ value })
  })

  it.each(['3.450', '3,450', '999.999'])('does not guess which of two amounts %s means', (text) => {
    expect(amountCents(text)).toEqual({ mistake: expect.stringContaining('two ways') })
  })

  it.each([
    '',
    'viel',
    '-5',
    '3.450.00',
    '3,450,00',
    '34.50,00',
    '1,2,3',
    '12.345',
    '€',
    '1e3',
    '3450.001',
    'NaN',
    '٣',
  ])('refuses %j', (text) => expect(amountCents(text)).toHaveProperty('mistake'))

  it('refuses what is more than anybody means, rather than lose its last cents', () => {
    expect(amountCents('1234567890.00')).toEqual({ mistake: expect.stringContaining('is more than') })
  })

  it('is the same however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999_999 }), (value) => {
        const euros = String(Math.trunc(value / 100))
        const cents = String(value % 100).padStart(2, '0')
        for (const written of [
          `${euros}.${cents}`,
          `${euros},${cents}`,
          `${digits(euros).replaceAll('_', '.')},${cents}`,
          `${digits(euros).replaceAll('_', ',')}.${cents}`,
        ])
          expect(amountCents(written)).toEqual({ value })
      }),
    )
  })
})

describe('a date', () => {
  it.each([
    ['1988-04-17', '1988-04-17'],
    ['17.04.1988', '1988-04-17'],
    ['1.2.2027', '2027-02-01'],
    ['29.02.2028', '2028-02-29'],
    ['0099-12-31', '0099-12-31'],
  ])('reads %s as %s', (text, value) => expect(date(text)).toEqual({ value }))

  it.each(['29.02.2027', '1990-02-30', '2027-13-01', '31.04.2027', '0.1.2027', '2027-00-10', '0000-01-01'])(
    'refuses %s, a day that does not exist',
    (text) => expect(date(text)).toEqual({ mistake: expect.stringContaining('does not exist') }),
  )

  it.each(['', '17.4.88', '04/17/1988', '1988-4-17', 'gestern', '1988-04-17T00:00:00Z'])('refuses %j', (text) =>
    expect(date(text)).toEqual({ mistake: expect.stringContaining('is no date') }),
  )

  it('is the same in both ways of writing it, for every day there is', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (day) => {
        const value = day.toISOString().slice(0, 10)
        expect(date(value)).toEqual({ value })
        expect(date(value.split('-').reverse().join('.'))).toEqual({ value })
      }),
    )
  })
})

describe('hours', () => {
  it.each([
    ['40', 40],
    ['38,5', 38.5],
    ['19.25', 19.25],
    ['100', 100],
  ])('reads %s', (text, value) => expect(hours(text)).toEqual({ value }))

  it.each(['', '38,555', '-1', '1.000,00', 'voll', '40h'])('refuses %j', (text) =>
    expect(hours(text)).toHaveProperty('mistake'),
  )
})
