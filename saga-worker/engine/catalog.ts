import { bug } from '@steinmetz/kernel/errors'
import type { Changed, Saga } from './saga.ts'

/** All sagas a worker knows, each version of each. */
export type Catalog = {
  readonly all: readonly Saga[]
  find(name: string, version: number): Saga | undefined
  /** What one event may begin: the name of each saga with all its versions. */
  startedBy(eventType: string): readonly (readonly [string, readonly Saga[]])[]
  /** The sagas that an event tells of a change, and how it is read for each. */
  changedBy(eventType: string): readonly (readonly [Saga, Changed])[]
  /** The types of the events that begin a saga, or tell one of a change. */
  readonly types: readonly string[]
  /** As the claim asks for them. */
  readonly known: readonly string[]
}

/** Puts definitions together. Two of one name and version, and one without a step, are a Bug. */
export function catalogOf(sagas: readonly Saga[]): Catalog {
  const byId = new Map<string, Saga>()
  for (const saga of sagas) {
    const id = `${saga.name}@${saga.version}`
    if (byId.has(id) || saga.steps.length === 0)
      throw bug('DEFINITION_INVALID', `${id} is defined twice, or has no step`)
    byId.set(id, saga)
  }
  const changes = sagas.flatMap((saga) =>
    saga.steps.flatMap(({ anew }) => (anew?.changed ? [[saga, anew.changed] as const] : [])),
  )
  return {
    all: sagas,
    changedBy: (eventType) => changes.filter(([, { type }]) => type === eventType),
    find: (name, version) => byId.get(`${name}@${version}`),
    startedBy: (eventType) => [
      ...Map.groupBy(
        sagas.filter(({ startOn }) => startOn.type === eventType),
        ({ name }) => name,
      ),
    ],
    types: [...new Set([...sagas.map(({ startOn }) => startOn.type), ...changes.map(([, { type }]) => type)])],
    known: [...byId.keys()],
  }
}
