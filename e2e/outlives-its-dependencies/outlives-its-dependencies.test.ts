import pg from 'pg'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, askerOf, createDepartment, type OwnPlatform, ownPlatform, until } from '../platform.ts'

let platform: OwnPlatform
let clerk: Ask
beforeAll(async () => {
  platform = await ownPlatform('outlives')
  clerk = await askerOf(platform, 'clerk')
})
afterAll(() => platform.dispose())

type Health = {
  status: string
  checks: Record<string, { status: string; observedValue: number; observedUnit: string }[]>
}

async function probe(service: string, path: string) {
  const { statusCode, headers, body } = await request(`${platform.serviceUrls[service]}${path}`)
  return { status: statusCode, type: headers['content-type'], body: (await body.json()) as Health }
}

/** Takes a domain's database away from its service: every connection is cut, and none is let in. Gives the way back. */
async function cutOff(domain: string): Promise<() => Promise<void>> {
  const owner = await connected(domain, 'owner')
  const service = await connected(domain, 'service')
  await owner.query(`alter database ${domain} connection limit 0`)
  // A role may end its own sessions, and nobody else's.
  await service.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()',
  )
  await service.end()
  return async () => {
    await owner.query(`alter database ${domain} connection limit -1`)
    await owner.end()
  }
}

async function connected(domain: string, role: 'owner' | 'service'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: platform.databases.url(domain, role) })
  await client.connect()
  return client
}

describe('a platform that is well', () => {
  it('says so everywhere, each dependency with its state and milliseconds', async () => {
    for (const service of Object.keys(platform.serviceUrls)) {
      const { status, type, body } = await until(async () => {
        const found = await probe(service, '/health')
        return found.body.status === 'pass' && found
      })
      expect(status).toBe(200)
      expect(type).toContain('application/health+json')
      const [dependency] = Object.values(body.checks).flat()
      expect(dependency).toMatchObject({ status: 'pass', observedUnit: 'ms', observedValue: expect.any(Number) })
    }
  })
})

describe('a service whose database is gone', () => {
  let giveBack: () => Promise<void>
  beforeAll(async () => {
    giveBack = await cutOff('hr')
  })

  it('lives on, is not ready, and says what is missing', async () => {
    await until(async () => (await probe('hr', '/readyz')).status === 503)
    expect((await probe('hr', '/livez')).status).toBe(200)
    const { status, body } = await probe('hr', '/health')
    expect({ status, health: body.status }).toEqual({ status: 503, health: 'fail' })
    expect(JSON.stringify(body.checks)).toContain('database')
  })

  it('is missed by the gateway, which lives on too', async () => {
    await until(async () => (await probe('gateway', '/readyz')).status === 503)
    expect((await probe('gateway', '/livez')).status).toBe(200)
    const { body } = await probe('gateway', '/health')
    expect(body.status).toBe('fail')
    expect(Object.entries(body.checks).filter(([, [check]]) => check?.status === 'fail')).toEqual([
      [expect.stringContaining('hr'), [expect.anything()]],
    ])
  })

  it('answers that it is unavailable, and the other domains answer as before', async () => {
    const { errors } = await clerk(createDepartment, { key: 'while-away', input: { name: 'Werkzeugbau' } })
    expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }])
    const { data, errors: none } = await clerk('{ approvalRequests { totalCount } processes { totalCount } }')
    expect({ data, none }).toEqual({
      data: { approvalRequests: { totalCount: 0 }, processes: { totalCount: 0 } },
      none: [],
    })
  })

  it('is well again by itself once the database is back, and does what was asked for with the same key', async () => {
    await giveBack()
    await until(async () => (await probe('gateway', '/readyz')).status === 200)
    expect((await probe('hr', '/health')).body.status).toBe('pass')
    const answer = await clerk(createDepartment, { key: 'while-away', input: { name: 'Werkzeugbau' } })
    expect(answer).toMatchObject({
      replayed: false,
      errors: [],
      data: { createDepartment: { department: { version: 1 } } },
    })
  })
})
