import { expect, it } from 'vitest'
import { networkOf } from './requestDemands.ts'

it('an address that changes within what one customer is given stays one address', () => {
  const sameNetwork = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::7', '2001:db8:1:2:3:4:5:6'].map(networkOf)
  expect(new Set(sameNetwork)).toEqual(new Set(['2001:db8:1:2::/64']))
  expect([networkOf('::1'), networkOf('2001:db8::1')]).toEqual(['0:0:0:0::/64', '2001:db8:0:0::/64'])
  expect([networkOf('192.0.2.1'), networkOf('unknown')]).toEqual(['192.0.2.1', 'unknown'])
})
