import { ConfigError } from '@steinmetz/kernel/config'
import { describe, expect, it } from 'vitest'
import { gatewayConfig } from '../config.ts'

const key = 'service:erp:Zx81-only-for-tests'

/** What is wrong with the configuration, by variable. */
function mistakes(env: Record<string, string>): readonly string[] {
  try {
    gatewayConfig({ ISSUER_URL: 'https://issuer.example.org', ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.filter((problem) => !problem.startsWith('INTERNAL_'))
    throw error
  }
}

describe('the settings of Apollo Studio', () => {
  it('come together or not at all', () => {
    expect(mistakes({ APOLLO_KEY: key })).toEqual([expect.stringMatching(/^APOLLO_GRAPH_REF is not set/)])
    expect(mistakes({ APOLLO_GRAPH_REF: 'erp@current' })).toEqual([expect.stringMatching(/^APOLLO_KEY is not set/)])
    expect(mistakes({ APOLLO_KEY: key, APOLLO_GRAPH_REF: 'erp@current' })).toEqual([])
  })

  it('are told when they are wrong, without the key', () => {
    const wrong = mistakes({
      APOLLO_KEY: 'a key in two words',
      APOLLO_GRAPH_REF: 'no variant',
      APOLLO_TRACE_SHARE: '2',
      APOLLO_UPLINK_ENDPOINTS: 'https://one.example.org,two',
      FORWARD_HEADERS: '["apollo-federation-include-trace"]',
    })
    expect(wrong.map((problem) => problem.split(/[: ]/)[0]).sort()).toEqual([
      'APOLLO_GRAPH_REF',
      'APOLLO_KEY',
      'APOLLO_TRACE_SHARE',
      'APOLLO_UPLINK_ENDPOINTS',
      'FORWARD_HEADERS',
    ])
    expect(wrong.join()).not.toContain('two words')
  })

  it('send the key over https alone in production', () => {
    const addresses = {
      APOLLO_UPLINK_ENDPOINTS: 'https://one.example.org, http://two.example.org',
      APOLLO_SCHEMA_CONFIG_DELIVERY_ENDPOINT: 'http://uplink.example.org',
      APOLLO_USAGE_REPORTING_INGRESS_URL: 'http://ingress.example.org',
    }
    expect(mistakes({ ...addresses, NODE_ENV: 'production' })).toEqual(
      Object.keys(addresses).map((name) => expect.stringContaining(`${name}: must be https in production`)),
    )
    expect(mistakes({ ...addresses, NODE_ENV: 'development' })).toEqual([])
  })
})
