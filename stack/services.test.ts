import { describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from './issuer.ts'
import { type Parts, services } from './services.ts'

const secrets = { get: async (_: string, make: () => string | Promise<string>) => make() }
const keys = { gateway: '', worker: '', approvals: '', internalJwks: '', approvalsJwks: '', personalData: '' }

async function gatewayToldOf(development: Issuer | undefined) {
  const gateway = services.flat().find(({ name }) => name === 'gateway')
  const issuer = { url: 'https://login.example.org', jwksUrl: undefined }
  const without = { redisUrl: undefined, mailFolder: undefined, studio: {} }
  const parts: Parts = { ...without, databases: { url: () => '' }, keys, issuer, urls: new Map() }
  return gateway?.settings(development ? { ...parts, development } : parts)
}

describe('what the gateway is told', () => {
  it('lets Apollo Studio ask in development', async () => {
    const issuer = await startIssuer({ port: 0, secrets, env: {} })
    const told = await gatewayToldOf(issuer)
    await issuer.stop()
    expect(JSON.parse(told?.CORS_ORIGINS ?? '[]')).toEqual(['https://studio.apollographql.com'])
    expect(Object.keys(JSON.parse(told?.DEVELOPMENT_TOKENS ?? '{}'))).toContain('clerk')
  })

  it('opens nothing of development in production', async () => {
    const told = Object.entries((await gatewayToldOf(undefined)) ?? {}).flatMap(([name, value]) =>
      value ? [name] : [],
    )
    expect(told.sort()).toEqual(['ISSUER_URL', 'READY_URLS', 'SUBGRAPH_URLS'])
  })
})
