import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '@steinmetz/kernel/config'
import { type Platform, type Role, startPlatform, type TenantName } from '@steinmetz/stack'
import { request } from 'undici'

const pollMs = 50

/** A folder for one test file's data, gone afterwards. */
export type OwnFolder = { path: string; remove(): Promise<void> }

export async function ownFolder(name: string): Promise<OwnFolder> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`))
  // PostgreSQL runs as another user where we are root: let it in rather than have the data moved.
  await chmod(path, 0o755)
  return {
    path,
    async remove() {
      // PostgreSQL of a killed process ends a moment later, and writes until then.
      const patiently = { recursive: true, force: true, maxRetries: 50, retryDelay: 20 }
      const elsewhere = await readFile(join(path, 'location'), 'utf8').catch(() => undefined)
      if (elsewhere) await rm(elsewhere.trim(), patiently)
      await rm(path, patiently)
    },
  }
}

/** The whole platform on data of its own, to be stopped by `dispose`. */
export type OwnPlatform = Platform & { dispose(): Promise<void> }

export async function ownPlatform(
  name: string,
  env: Environment = {},
  more: { separate?: boolean } = {},
): Promise<OwnPlatform> {
  const folder = await ownFolder(name)
  const options = { dataDir: folder.path, ports: 'free', log: () => {}, env, ...more } as const
  const platform = await startPlatform(options).catch(async (error) => {
    await folder.remove()
    throw error
  })
  return {
    ...platform,
    async dispose() {
      await platform.stop()
      await folder.remove()
    },
  }
}

export type Answer<Data = unknown> = {
  status: number
  replayed: boolean
  /** The body as it came, for comparing answers to the byte. */
  text: string
  data: Data
  errors: { message: string; extensions: { code: string; reason?: string } }[]
}

/** What the data look like is for the caller to say: a test compares them in the next line. */
export type Ask = <Data = unknown>(query: string, variables?: Record<string, unknown>) => Promise<Answer<Data>>

/** Asks a GraphQL endpoint with a token, or without. */
export function asker(endpoint: string, token?: string, more: Readonly<Record<string, string>> = {}): Ask {
  return async <Data>(query: string, variables: Record<string, unknown> = {}) => {
    const { statusCode, headers, body } = await request(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...more },
      body: JSON.stringify({ query, variables }),
    })
    const text = await body.text()
    const { data, errors = [] } = JSON.parse(text)
    return { status: statusCode, replayed: headers['idempotent-replayed'] === 'true', text, data: data as Data, errors }
  }
}

/** Asks the gateway as the person who plays a role in a firm. */
export async function askerOf(platform: Platform, role: Role, tenant: TenantName = 'steinmetz'): Promise<Ask> {
  return asker(platform.endpoint, await platform.mintToken({ role, tenant }))
}

/** Waits until something is found; the test's own timeout ends a wait in vain. */
export async function until<Found>(find: () => Promise<Found | undefined | false>): Promise<Found> {
  for (;;) {
    const found = await find()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** The input of a draft that nothing is wrong with. */
export function draftOf(personnelNumber: string, departmentId: string) {
  return {
    personnelNumber,
    firstName: 'Änne',
    lastName: 'Groß-Weißmüller',
    birthDate: '1990-07-23',
    email: 'aenne@example.de',
    departmentId,
    contract: { position: 'Prüferin', startsOn: '2027-01-01', weeklyHours: 38.5, monthlyGrossCents: 345_000 },
  }
}

/** Creates a department and gives its id. */
export async function departmentOf(ask: Ask, name: string): Promise<string> {
  type Created = { createDepartment: { department: { id: string } } }
  const { data } = await ask<Created>(createDepartment, {
    key: `department ${name}`.replaceAll(' ', '-'),
    input: { name },
  })
  return data.createDepartment.department.id
}

export const createDepartment = `mutation($key: ID!, $input: CreateDepartmentInput!) {
  createDepartment(idempotencyKey: $key, input: $input) {
    ... on CreateDepartmentPayload { department { id version name } } ... on Refusal { code message }
  }
}`

export const draftEmployee = `mutation($key: ID!, $input: DraftEmployeeInput!) {
  draftEmployee(idempotencyKey: $key, input: $input) {
    ... on DraftEmployeePayload { employee { id version status personnelNumber lastName } }
    ... on Refusal { code message }
  }
}`
