import { buildSchema, type GraphQLSchema } from 'graphql'
import type { FetchPlan } from './fetchPlan.ts'
import type { PlanRequest, SupergraphFacts } from './planner.ts'
import type { IsOfType } from './rewrites.ts'

/** Makes plans, here or in another thread. */
export type PlannerHandle = {
  facts: SupergraphFacts
  plan(request: PlanRequest): FetchPlan | Promise<FetchPlan>
  stop(): Promise<void>
}

/** One supergraph, ready to prepare operations against. */
export type LoadedSupergraph = {
  /** The schema clients see. */
  schema: GraphQLSchema
  services: ReadonlyMap<string, string>
  plannersNames: ReadonlySet<string>
  overrideLabels: readonly string[]
  isOfType: IsOfType
  isAbstract(typeName: string): boolean
  plan(request: PlanRequest): FetchPlan | Promise<FetchPlan>
}

export function loadSupergraph({ facts, plan }: PlannerHandle): LoadedSupergraph {
  const subtypes = new Map(Object.entries(facts.subtypes).map(([name, below]) => [name, new Set(below)]))
  return {
    schema: buildSchema(facts.apiSdl, { assumeValid: true }),
    services: new Map(Object.entries(facts.services)),
    plannersNames: new Set(facts.plannersNames),
    overrideLabels: facts.overrideLabels,
    isOfType: (typeName, condition) => typeName === condition || (subtypes.get(condition)?.has(typeName) ?? false),
    isAbstract: (typeName) => subtypes.has(typeName),
    plan,
  }
}
