import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asker, type OwnPlatform, ownPlatform } from '../platform.ts'

let platform: OwnPlatform
beforeAll(async () => {
  platform = await ownPlatform('asked-directly')
})
afterAll(() => platform.dispose())

const subgraphs = ['hr', 'payroll', 'approvals', 'compliance', 'processes', 'billing']
const graphqlOf = (service: string) => `${platform.serviceUrls[service]}/graphql`

describe.each(subgraphs)('the subgraph %s', (service) => {
  it('answers 401 to whoever asks it directly without an internal token', async () => {
    const answer = await asker(graphqlOf(service))('{ __typename }')
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  it('answers 401 to the best token a user can have', async () => {
    const scope = 'hr:read hr:write hr:activate payroll:read approvals:decide compliance:read processes:operate'
    const token = await platform.mintToken({ role: 'auditor', claims: { scope } })
    expect(await asker(graphqlOf(service), token)('{ __typename }')).toMatchObject({ status: 401 })
  })

  it('shows its schema to nobody who is not let in', async () => {
    const { status, text } = await asker(graphqlOf(service))('{ __schema { types { name } } }')
    expect(status).toBe(401)
    expect(text).not.toContain('Employee')
  })

  it('tells how it is to anybody, for the probes', async () => {
    const { statusCode, body } = await request(`${platform.serviceUrls[service]}/livez`)
    await body.dump()
    expect(statusCode).toBe(200)
  })
})

it('is no way around the gateway: nobody without a token is answered there either', async () => {
  const answer = await asker(platform.endpoint)('{ employees { totalCount } }')
  expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

it('offers users no mutation that only processes may send', async () => {
  const token = await platform.mintToken({ role: 'clerk', claims: { scope: 'hr:read hr:write hr:activate' } })
  const answer = await asker(
    platform.endpoint,
    token,
  )('mutation { activateEmployee(idempotencyKey: "k", input: { employeeId: "e", attestation: "a" }) { __typename } }')
  expect(answer.data).toBeFalsy()
  expect(answer.errors[0]?.message).toContain('activateEmployee')
})
