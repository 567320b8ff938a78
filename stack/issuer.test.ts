import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { userTokenVerifier } from '@steinmetz/kernel/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audience, clientSecret, type Issuer, startIssuer } from './issuer.ts'
import { personOf, roleScopes, roles, tenants } from './people.ts'
import { openSecrets } from './secrets.ts'

let folder: string
let issuer: Issuer

const secretsFile = () => join(folder, 'secrets.json')
const start = (env = {}) => startIssuer({ port: 0, secrets: openSecrets(secretsFile()), env })
const verify = (token: string, { url, jwksUrl } = issuer) =>
  userTokenVerifier({ issuer: url, audience, jwksUrl }).verify(token)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuer-'))
  issuer = await start()
})

afterAll(async () => {
  await issuer.stop()
  await rm(folder, { recursive: true })
})

async function askToken(form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${issuer.url}/token`, { method: 'POST', body: new URLSearchParams(form), headers })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

describe('the development issuer', () => {
  it('gives a role its person, tenant and scopes, for twelve hours', async () => {
    const claims = await verify(await issuer.mintToken({ role: 'clerk' }))
    const { person, account } = personOf('clerk')
    expect(claims).toMatchObject({ person, account, tenantId: tenants.steinmetz })
    expect([...claims.scopes]).toEqual(roleScopes.clerk)
    expect((claims.expiresAt.getTime() - Date.now()) / 3_600_000).toBeCloseTo(12, 1)
  })

  it('has another person in every role and firm', () => {
    const everybody = roles.flatMap((role) => [personOf(role).person, personOf(role, 'nordwind').person])
    expect(new Set(everybody).size).toBe(roles.length * 2)
  })

  it('lets a test say any claim itself: a second account of one person, say', async () => {
    const { person } = personOf('clerk')
    const claims = await verify(await issuer.mintToken({ role: 'approver', claims: { person, sub: 'second' } }))
    expect(claims).toMatchObject({ person, account: 'second' })
    expect(claims.scopes.has('approvals:decide')).toBe(true)
  })

  it('is found by its discovery document', async () => {
    const response = await fetch(`${issuer.url}/.well-known/openid-configuration`)
    const found = (await response.json()) as { issuer: string; jwks_uri: string }
    expect(found.issuer).toBe(issuer.url)
    const keys = (await (await fetch(found.jwks_uri)).json()) as { keys: Record<string, unknown>[] }
    expect(keys.keys).toHaveLength(1)
    expect(keys.keys[0]).not.toHaveProperty('d')
  })

  it('gives a token to a client with its secret, and to none without', async () => {
    const secret = await clientSecret(openSecrets(secretsFile()), 'auditor')
    // The secret was made by a second reader of the file, as a person would look it up after a restart.
    const restarted = await start()
    const ask = async (client_secret: string) =>
      fetch(`${restarted.url}/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'auditor', client_secret }),
      })
    const good = await ask(secret)
    const { access_token } = (await good.json()) as { access_token: string }
    expect((await verify(access_token, restarted)).scopes.has('compliance:read')).toBe(true)
    expect((await ask('guess')).status).toBe(401)
    await restarted.stop()
  })

  it('gives a demo role to whoever asks on loopback, of either firm', async () => {
    const form = { grant_type: 'urn:steinmetz:demo-role', role: 'payroll-clerk', tenant: 'nordwind' }
    const { status, body } = await askToken(form)
    expect(status).toBe(200)
    expect((await verify(String(body.access_token))).tenantId).toBe(tenants.nordwind)
  })

  it.each([
    [{ grant_type: 'urn:steinmetz:demo-role', role: 'king' }, 'invalid_request'],
    [{ grant_type: 'urn:steinmetz:demo-role', role: 'clerk', tenant: 'elsewhere' }, 'invalid_request'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials' }, 'invalid_client'],
  ])('refuses %j', async (form, error) => {
    const { status, body } = await askToken(form)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.error).toBe(error)
  })

  it('answers nobody who calls it by another name', async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { host: 'attacker.example' } }
      httpRequest(`${issuer.url}/token`, options, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })

  it('keeps its key through a restart, in a file for its owner alone', async () => {
    const again = await start()
    const keys = async (url: string) => (await fetch(`${url}/jwks`)).json()
    expect(await keys(again.url)).toEqual(await keys(issuer.url))
    expect((await stat(secretsFile())).mode & 0o777).toBe(0o600)
    await again.stop()
  })

  it('refuses to start in production', async () => {
    await expect(start({ NODE_ENV: 'production' })).rejects.toThrow('production')
  })
})
