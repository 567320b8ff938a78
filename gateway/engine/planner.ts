import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals'
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner'
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  isAbstractType,
  isInterfaceType,
  Kind,
  parse,
  print,
  printSchema,
  specifiedScalarTypes,
  type ValueNode,
  visit,
} from 'graphql'
import { executableDirectives } from './customDirectives.ts'
import { type FetchPlan, fetchesOf, mapFetches, type PlanNode } from './fetchPlan.ts'
import { type PinnedSupergraph, pinRequiredFields } from './pinnedFields.ts'
import { planInSeries } from './serialMutations.ts'
import { argumentOf, namedType, parseFieldSet } from './supergraphAst.ts'
import { unpinFetch } from './unpinPlan.ts'
import { dropUnresolvableKeys } from './unresolvableKeys.ts'

/** What the engine must know of a supergraph besides its plans. Plain JSON, to cross a thread. */
export type SupergraphFacts = {
  /** The schema clients see. */
  apiSdl: string
  /** URL by subgraph name. */
  services: Record<string, string>
  /** For every abstract type of the supergraph, the names of the types below it. */
  subtypes: Record<string, string[]>
  /** Response names the planner may select for itself: fields of keys, requirements and contexts. */
  plannersNames: string[]
  /** Labels of progressive `@override`, each once. */
  overrideLabels: string[]
}

export type PlanRequest = {
  document: string
  operationName?: string | undefined
  /** Labels of `@override` that are on for this request. */
  overrides?: readonly string[] | undefined
}

export type Planner = { facts: SupergraphFacts; plan(request: PlanRequest): FetchPlan }

/** Composition has validated; a supergraph that demands a feature we do not have is refused all the same. */
const buildOptions = { validateSupergraph: false, supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES }

/**
 * Builds a planner for a supergraph, its known defects repaired on the syntax tree.
 * Throws, with the reasons, for a document that is not a supergraph.
 */
export function openPlanner(supergraphSdl: string): Planner {
  const source = parse(supergraphSdl, { noLocation: true })
  const repaired = pinRequiredFields(dropUnresolvableKeys(source))
  const clientSide = Supergraph.build(source, buildOptions)
  const planSide = Supergraph.build(repaired.document, buildOptions)
  const schema = planSide.apiSchema()
  const planner = new QueryPlanner(planSide, { reuseQueryFragments: false })

  return {
    facts: {
      apiSdl: printApi(clientSide, source),
      services: Object.fromEntries(clientSide.subgraphsMetadata().map(({ name, url }) => [name, url])),
      subtypes: subtypesOf(clientSide),
      plannersNames: [...plannersNames(repaired.document)],
      overrideLabels: [...overrideLabels(source)],
    },
    plan({ document, operationName, overrides }) {
      const overrideConditions = new Map(overrides?.map((label) => [label, true]))
      return planInSeries(parse(document, { noLocation: true }), operationName, (parsed) => {
        const operation = operationFromDocument(schema, parsed, {
          ...(operationName !== undefined && { operationName }),
          validate: false,
        })
        return repairPlan(planner.buildQueryPlan(operation, { overrideConditions }), repaired)
      })
    },
  }
}

/** The plan as plain JSON, with its pinned fields turned back into calls. */
function repairPlan(plan: QueryPlan, supergraph: PinnedSupergraph): FetchPlan {
  if (!plan.node) return undefined
  const node: Exclude<FetchPlan, undefined> = JSON.parse(JSON.stringify(plan.node))
  for (const fetch of fetchesOf(node)) fetch.variableUsages ??= []
  const unpin = (part: PlanNode) => mapFetches(part, (fetch) => unpinFetch(fetch, supergraph))
  if (node.kind !== 'Subscription') return unpin(node)
  return { ...node, ...(node.rest && { rest: unpin(node.rest) }) }
}

/**
 * The schema clients see, with the directives composed for use in operations: the composition
 * library counts these among the supergraph's own and leaves them out.
 */
function printApi(supergraph: Supergraph, source: DocumentNode): string {
  const schema = supergraph.apiSchema().toGraphQLJSSchema()
  const added = executableDirectives(source).filter(
    (definition) =>
      !schema.getDirective(definition.name.value) &&
      definition.arguments?.every(
        (argument) => schema.getType(namedType(argument.type)) || isSpecifiedScalar(argument),
      ),
  )
  return [printSchema(schema), ...added.map(print)].join('\n\n')
}

const isSpecifiedScalar = (argument: InputValueDefinitionNode) =>
  specifiedScalarTypes.some(({ name }) => name === namedType(argument.type))

function subtypesOf(supergraph: Supergraph): Record<string, string[]> {
  const schema = supergraph.schema.toGraphQLJSSchema()
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType)
  return Object.fromEntries(
    abstract.map((type) => {
      const implementations = isInterfaceType(type) ? schema.getImplementations(type) : undefined
      const below = implementations
        ? [...implementations.objects, ...implementations.interfaces]
        : schema.getPossibleTypes(type)
      return [type.name, below.map((sub) => sub.name)]
    }),
  )
}

/** Every field name that occurs in a field set of the supergraph's join and context directives. */
function plannersNames(supergraph: DocumentNode): Set<string> {
  const names = new Set(['__typename'])
  const collect = (fieldSet: string | boolean | undefined): void => {
    if (typeof fieldSet !== 'string') return
    for (const selection of parseFieldSet(fieldSet))
      visit(selection, {
        Field(field) {
          names.add(field.name.value)
        },
      })
  }
  visit(supergraph, {
    Directive(directive) {
      if (directive.name.value === 'join__type') collect(argumentOf(directive as ConstDirectiveNode, 'key'))
      if (directive.name.value !== 'join__field') return
      collect(argumentOf(directive as ConstDirectiveNode, 'requires'))
      const contexts = directive.arguments?.find((argument) => argument.name.value === 'contextArguments')
      if (contexts) for (const selection of contextSelections(contexts.value)) collect(selection)
    },
  })
  return names
}

function overrideLabels(supergraph: DocumentNode): Set<string> {
  const labels = new Set<string>()
  visit(supergraph, {
    Directive(directive) {
      if (directive.name.value !== 'join__field') return
      const label = argumentOf(directive as ConstDirectiveNode, 'overrideLabel')
      if (typeof label === 'string') labels.add(label)
    },
  })
  return labels
}

/** The selections of a `contextArguments` value: in braces, or a fragment for each type that sets the context. */
function contextSelections(value: ValueNode): string[] {
  const selections: string[] = []
  visit(value, {
    ObjectField(entry) {
      if (entry.name.value === 'selection' && entry.value.kind === Kind.STRING) selections.push(entry.value.value)
    },
  })
  return selections
}
