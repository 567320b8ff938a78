import { idsNamed } from '@steinmetz/stack/testing'
import { type GraphQLInputType, getNamedType, isInputObjectType, isNonNullType } from 'graphql'
import type { Field } from './doors.ts'
import { marker } from './firm.ts'

/** What one firm knows and no other may be told: every id it has, by type and by the name of the field it stands in. */
export type Secrets = {
  /** Keeps the ids in an answer. */
  keep(data: unknown): void
  /** An id for an argument of a field, or an Error that says what is missing. */
  idFor(field: Field, argument: string, nth?: number): string
  /** Ids of a type. */
  of(type: string): readonly string[]
  /** What of it stands in a text, but for what the asker has named. */
  leakedInto(text: string, sent: unknown): string[]
}

const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g

// Arguments that are called after what they are for, and not after a type or a field.
const typesOfOthers: Readonly<Record<string, string>> = { subjectId: 'Employee' }
// Conditions on a field that is called like a type: the id of an HTTP request is no request for approval.
const likeTypes: readonly string[] = ['auditRecords.requestId']

export function secretsOf(): Secrets {
  const byType = new Map<string, string[]>()
  const byField = new Map<string, string[]>()
  const add = (ids: Map<string, string[]>, name: string, id: string) =>
    ids.set(name, [...new Set([...(ids.get(name) ?? []), id])])
  const of = (type: string) => byType.get(type) ?? []

  return {
    of,
    keep(data) {
      JSON.stringify(data, (name, part) => {
        const type = part?.__typename
        if (typeof part?.id === 'string' && typeof type === 'string') add(byType, type, part.id)
        if (typeof part === 'string' && name !== 'id') for (const [id] of part.matchAll(uuid)) add(byField, name, id)
        return part
      })
    },
    idFor({ name, type }, argument, nth = 0) {
      if (argument === 'contentHash') return 'a'.repeat(64)
      const [process] = of('Process')
      if (argument === 'forwardKey' && process) return `${process}:account:forward:0`
      const ofType = argument === 'id' ? getNamedType(type).name : typesOfOthers[argument]
      const byName = likeTypes.includes(`${name}.${argument}`) ? [] : idsNamed(argument, byType)
      const named = ofType ? of(ofType) : byName
      const ids = named.length > 0 ? named : (byField.get(argument) ?? [])
      const id = ids[nth % ids.length]
      if (id) return id
      throw new Error(`the first firm has no id for ${argument} of ${name}: let firm.ts make one`)
    },
    leakedInto(text, sent) {
      const named = JSON.stringify(sent)
      const all = [marker, ...[...byType.values(), ...byField.values()].flat()]
      return all.filter((secret) => text.includes(secret) && !named.includes(secret))
    },
  }
}

type Argument = { readonly name: string; readonly type: GraphQLInputType }

/** Names of the arguments of a field, at any depth, that take an id of something there is. */
export function idArguments(args: readonly Argument[]): string[] {
  return args.flatMap(({ name, type }) => {
    const named = getNamedType(type)
    if (isInputObjectType(named)) return idArguments(Object.values(named.getFields()))
    return named.name === 'ID' && name !== 'idempotencyKey' ? [name] : []
  })
}

type Variables = Record<string, unknown>

const idsTried = 3

/**
 * The ways a query is asked: without what may be left out, then with each argument or condition that takes an
 * id, one at a time, so that every one of them finds something by itself. Each way is tried with several ids.
 * Without secrets it is the first way alone, and none where that needs an id.
 */
export function waysToAsk(field: Field, secrets: Secrets | undefined): Variables[][] {
  const nths = Array.from({ length: secrets ? idsTried : 1 }, (_, nth) => nth)
  const ids = (nth: number) => (argument: string) => secrets?.idFor(field, argument, nth)
  const needed = field.args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
  const plain = (nth: number) => Object.fromEntries(needed.map((one) => [one.name, plainValue(one, ids(nth))]))
  if (Object.values(plain(0)).includes(undefined)) return []
  const conditions = field.args
    .filter((argument) => secrets && !needed.includes(argument))
    .flatMap((argument) => idConditions(argument))
  return [
    idArguments(needed).length > 0 ? nths.map(plain) : [plain(0)],
    ...conditions.map((condition) => nths.map((nth) => ({ ...plain(nth), ...condition(ids(nth)) }))),
  ]
}

type IdsBy = (argument: string) => string | undefined

/** An argument that takes an id, or takes an object with some that do: what to give, for each of them. */
function idConditions({ name, type }: Argument): ((ids: IdsBy) => Variables)[] {
  const named = getNamedType(type)
  if (named.name === 'ID') return [(ids) => ({ [name]: ids(name) })]
  if (!isInputObjectType(named)) return []
  return idArguments(Object.values(named.getFields())).map((one) => (ids) => ({ [name]: { [one]: ids(one) } }))
}

function plainValue({ name, type }: Argument, ids: IdsBy): unknown {
  const named = getNamedType(type).name
  if (named === 'ID') return ids(name)
  if (named === 'Date') return '2027-12-31'
  throw new Error(`the test does not know what to give for ${name}: ${type}`)
}
