import { expect, it } from 'vitest'
import type { Caller } from './authentication.ts'
import { addressOf } from './authentication.ts'
import { internalTokens } from './internalTokens.ts'

const caller: Caller = {
  token: 't1',
  address: '192.0.2.1',
  person: 'p',
  account: 'a',
  session: 's',
  tenantId: '6f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11',
  scopes: new Set(['hr:read']),
  expiresAt: new Date(0),
}

it('signs once for the calls of a short time, and anew for another caller, address or time', () => {
  let at = 0
  let signed = 0
  const sign = () => String(++signed)
  const authorizationFor = internalTokens({ sign }, () => new Date(at))
  expect([authorizationFor(caller), authorizationFor(caller)]).toEqual(['Bearer 1', 'Bearer 1'])
  expect(authorizationFor({ ...caller, token: 't2' })).toBe('Bearer 2')
  expect(authorizationFor({ ...caller, address: '192.0.2.2' })).toBe('Bearer 3')
  at = 19_999
  expect(authorizationFor(caller)).toBe('Bearer 1')
  at = 20_000
  expect(authorizationFor(caller)).toBe('Bearer 4')
})

it('believes of x-forwarded-for only what our own proxies wrote', () => {
  const headers = { 'x-forwarded-for': 'spoofed, 192.0.2.7, 10.0.0.2' }
  expect(addressOf(headers, '10.0.0.1', 0)).toBe('10.0.0.1')
  expect(addressOf(headers, '10.0.0.1', 1)).toBe('10.0.0.2')
  expect(addressOf(headers, '10.0.0.1', 2)).toBe('192.0.2.7')
  expect(addressOf({}, '::ffff:10.0.0.1', 1)).toBe('10.0.0.1')
})
