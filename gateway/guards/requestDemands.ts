import { isIPv6 } from 'node:net'
import type { RequestContext } from '../graph.ts'
import type { Demand, RateClass } from './rateLimits.ts'

type Asker = Pick<RequestContext, 'caller' | 'address'>

/**
 * Whose quotas a request draws on: a tenant's, or an address's where nobody knows who asks. A client is the account of
 * its token; the name it gives itself is no account, or whoever changes it had a quota anew.
 */
export function quotaOwner({ caller, address }: Asker): string {
  return caller?.tenantId ?? networkOf(address)
}

/** What a request demands whatever it asks for: one of its kind, and one of its tenant's. */
export function requestDemands({ caller, address }: Asker, kind: RateClass & ('query' | 'mutation' | 'subscription')) {
  const demands: Demand[] = caller
    ? [
        { class: kind, of: caller.account, weight: 1 },
        { class: 'tenant', of: 'all', weight: 1 },
      ]
    : [{ class: 'anonymous', of: networkOf(address), weight: 1 }]
  return demands
}

/** The smallest part of an address that one customer of a network is given: all of an IPv4 one, /64 of an IPv6 one. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const before = head.split(':').filter(Boolean)
  const after = tail.split(':').filter(Boolean)
  const zeros = address.includes('::') ? Array.from({ length: 8 - before.length - after.length }, () => '0') : []
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}
