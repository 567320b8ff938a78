import { randomUUID } from 'node:crypto'
import { type Platform, startPlatform, type TenantName } from '@steinmetz/stack'
import { argumentsOf, selectionOf, withIds } from '@steinmetz/stack/testing'
import fc from 'fast-check'
import { isUnionType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OwnFolder, ownFolder } from '../platform.ts'
import { listen } from '../stream.ts'
import { type Data, type Door, type Field, gatewayDoor, operationOf, subgraphDoor } from './doors.ts'
import { draftIn, fillFirm, putAside } from './firm.ts'
import { idArguments, type Secrets, secretsOf, waysToAsk } from './secrets.ts'
import { stateOf } from './state.ts'

const [ours, theirs] = ['steinmetz', 'nordwind'] as const
const samplesOfMutation = 12

/** What the platform says of itself belongs to no firm. */
const toldToEverybody = ['approvalPolicies']

/** What makes each subscription tell something in a firm. A new one is to be added here. */
const scenarios: Readonly<Record<string, (tenant: TenantName, name: string) => Promise<unknown>>> = {
  approvalAwaitingMe: (tenant, name) => draftIn(clerk, tenant, name),
  processChanged: (tenant, name) => draftIn(clerk, tenant, `${name}-2`),
}

/** Without a cursor these tell what comes from then on, and nothing that was. */
const tellNothingThatWas = ['processChanged']

let folder: OwnFolder
let platform: Platform
/** The public door, through a person who drafts and one who decides. */
let clerk: Door
let approver: Door
let subgraphs: Door[]
let secrets: Secrets

beforeAll(async () => {
  folder = await ownFolder('tenants-enumerated')
  platform = await startPlatform({ dataDir: folder.path, ports: 'free', log: () => {} })
  clerk = await gatewayDoor(platform, 'clerk')
  approver = await gatewayDoor(platform, 'approver')
  const names = Object.keys(platform.serviceUrls).filter((name) => !/relay|saga-worker|gateway/.test(name))
  subgraphs = await Promise.all(names.map((name) => subgraphDoor(platform, folder.path, name)))
  await fillFirm({ clerk, approver }, ours)
  await putAside(platform, ours)
  await state() // the audit trail follows by a moment
  secrets = secretsOf()
  for (const field of rootFields(clerk, 'Query'))
    for (const args of waysToAsk(field, undefined).flat())
      secrets.keep((await clerk.ask(ours, operationOf('query', field, args), args)).data)
})
afterAll(async () => {
  await platform?.stop()
  await folder.remove()
})

/** All that the first firm has, once nothing is under way any more. */
const state = () =>
  stateOf(
    platform,
    subgraphs.map(({ name }) => name),
    ours,
  )

function rootFields({ schema }: Door, kind: 'Query' | 'Mutation' | 'Subscription'): Field[] {
  const types = {
    Query: schema.getQueryType(),
    Mutation: schema.getMutationType(),
    Subscription: schema.getSubscriptionType(),
  }
  return Object.values(types[kind]?.getFields() ?? {}).filter(({ name }) => !name.startsWith('_'))
}

/** Every root field, through the door it has: the gateway, or the subgraph where it is not for clients. */
function everyField(kind: 'Query' | 'Mutation'): { door: Door; field: Field }[] {
  const open = rootFields(clerk, kind)
  const closed = subgraphs.flatMap((door) => {
    const others = rootFields(door, kind).filter(({ name }) => !open.some((field) => field.name === name))
    return others.map((field) => ({ door, field }))
  })
  return [...open.map((field) => ({ door: clerk, field })), ...closed]
}

/** Every entity that a subgraph resolves, and the first firm's ids of it. */
async function everyReference() {
  const { data } = await clerk.ask(ours, '{ auditRecords(first: 500) { edges { node { id entity before after } } } }')
  const told = new Map<string, object>(data.auditRecords.edges.map(({ node }: Data) => [node.id, node]))
  return subgraphs.flatMap((door) => {
    const union = door.schema.getType('_Entity')
    const types = isUnionType(union) ? union.getTypes() : []
    return types.map((type) => {
      const ids = secrets.of(type.name)
      if (ids.length === 0) throw new Error(`the first firm has no ${type.name}: let firm.ts make one`)
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on ${type.name} ${selectionOf(type, 3)} } }`
      const references = ids.map((id) => ({ ...told.get(id), __typename: type.name, id }))
      return { door, type, query, references }
    })
  })
}

const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g
const moment = /\d{4}-\d{2}-\d{2}T[\d:.]+Z/g
/** An answer without what differs from asking to asking. */
const shape = (text: string) => text.replaceAll(uuid, 'id').replaceAll(moment, 'moment')

const others = new Map<string, string>()
/** The same arguments with ids that are nobody's: for an id always the same one, as what is named twice is twice the same. */
function madeUp<Args>(args: Args): Args {
  const other = (id: string) => others.get(id) ?? others.set(id, randomUUID()).get(id) ?? id
  return JSON.parse(JSON.stringify(args).replaceAll(uuid, other))
}

describe("the other firm, with every right and the first one's ids", () => {
  it('is told nothing by any query, where the first one is told what it has', async () => {
    for (const { door, field } of everyField('Query')) {
      const open = toldToEverybody.includes(field.name)
      for (const way of waysToAsk(field, secrets)) {
        let differing = 0
        for (const args of way) {
          const query = operationOf('query', field, args)
          const own = await door.ask(ours, query, args)
          const { text, errors, data } = await door.ask(theirs, query, args)
          expect([own.errors, errors], field.name).toEqual([[], []])
          if (text !== own.text) differing += 1
          expect(secrets.leakedInto(text, args), field.name).toEqual([])
          if (!open) expect(counted(data), field.name).toEqual([])
          const nobodys = await door.ask(theirs, query, madeUp(args))
          expect(shape(text), field.name).toBe(shape(nobodys.text))
        }
        // What tells neither firm anything would tell nothing of a leak.
        expect(differing > 0, `${field.name} ${Object.keys(way[0] ?? {})} finds something`).toBe(!open)
      }
    }
  })

  it('is told nothing by any reference, where the first one is told what it has', async () => {
    for (const { door, type, query, references } of await everyReference()) {
      const differing: object[] = []
      for (const reference of references) {
        const own = await door.ask(ours, query, { of: [reference] })
        const { text, errors } = await door.ask(theirs, query, { of: [reference] })
        expect([own.errors, errors], type.name).toEqual([[], []])
        if (text !== own.text) differing.push(reference)
        expect(secrets.leakedInto(text, reference), `${door.name} ${type.name}`).toEqual([])
        const nobodys = await door.ask(theirs, query, { of: [madeUp(reference)] })
        expect(shape(text), `${door.name} ${type.name}`).toBe(shape(nobodys.text))
      }
      // Where a subgraph does no more than name an entity it tells everybody the id it was given.
      if (Object.keys(type.getFields()).length > 1) expect(differing, `${door.name} ${type.name}`).not.toEqual([])
    }
  })

  it.each(Object.keys(scenarios))('hears of itself alone by %s, whosever cursor it goes on from', async (name) => {
    const field = rootFields(approver, 'Subscription').find((one) => one.name === name) as Field
    const hear = async (tenant: TenantName, after: string | null) => {
      const token = await platform.mintToken({ role: 'approver', tenant })
      const listening = await listen(platform.endpoint, token, operationOf('subscription', field, { after }, 2), {
        after,
      })
      const text = await listening.next()
      listening.close()
      expect(text).toContain('"cursor"')
      return text
    }
    await scenarios[name]?.(ours, 'Nur-unseres')
    const start = tellNothingThatWas.includes(name) ? '0:0' : null
    const own = await hear(ours, start)
    secrets.keep(JSON.parse(own))
    const ourCursor = /"cursor":"([^"]+)"/.exec(own)?.[1] ?? ''
    await scenarios[name]?.(theirs, 'Deren')
    for (const after of [start, ourCursor, '0:0']) expect(secrets.leakedInto(await hear(theirs, after), {})).toEqual([])
  })

  it('finds each subscription tried here', () => {
    expect(rootFields(clerk, 'Subscription').map(({ name }) => name)).toEqual(Object.keys(scenarios))
  })

  it('changes nothing by any mutation, and is answered as if the ids were nobody’s', async () => {
    const before = await state()
    for (const { door, field } of everyField('Mutation')) {
      const named = new Set<string>()
      for (const generated of fc.sample(argumentsOf(field.args, 0), { numRuns: samplesOfMutation, seed: 1 })) {
        const args = withIds(generated, (argument, nth) => {
          named.add(argument)
          return secrets.idFor(field, argument, nth)
        }) as { idempotencyKey: string }
        const mutation = operationOf('mutation', field, args)
        const { text } = await door.ask(theirs, mutation, args)
        expect(secrets.leakedInto(text, args), field.name).toEqual([])
        expect(text, field.name).not.toContain('"INTERNAL"')
        if (named.size === 0) continue
        const nobodys = await door.ask(theirs, mutation, madeUp(args))
        expect(shape(text), field.name).toBe(shape(nobodys.text))
      }
      expect(
        idArguments(field.args).filter((argument) => !named.has(argument)),
        field.name,
      ).toEqual([])
    }
    expect(await state()).toEqual(before)
  })
})

/** Counts and sums in an answer that are not zero, of one who has nothing. */
function counted(data: unknown): string[] {
  const found: string[] = []
  JSON.stringify(data, (name, part) => {
    if (/(Count|Cents)$/.test(name) && Number(part) !== 0) found.push(`${name}: ${part}`)
    return part
  })
  return found
}
