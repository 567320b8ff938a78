import {
  type ArgumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseType,
  print,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { inData } from './feed.ts'
import type { FetchNode } from './fetchPlan.ts'
import { isObject, type JsonObject } from './json.ts'

type Variables = Readonly<Record<string, unknown>>

/** Where the events of a subscription come from: what its subgraph is sent, and how to go on after a break. */
export type EventSource = {
  service: string
  query: string
  operationName: string | undefined
  /** The variables the subgraph is sent, but for the cursor. */
  variables(given: Variables): Record<string, unknown>
  /** Absent where the field does not follow the convention: a stream that breaks is then lost. */
  cursor: EventCursor | undefined
}

export type EventCursor = {
  /** The variable that says after which event the stream begins. */
  variable: string
  /** What the client gave for it; undefined where it left it out. */
  first(given: Variables): unknown
  of(event: JsonObject): unknown
}

const argument = 'after'
const field = 'cursor'
// Under names of our own, so that they are free whatever the client named.
const cursorKey = '_steinmetz_cursor'
const afterVariable = '_steinmetz_after'

/**
 * Makes of the fetch that opens a stream what the subgraph is sent. A field with an argument `after`, of a type with a
 * field `cursor`, promises by these names that it can go on where it broke off: `after` takes the cursor of any of its
 * events and gives exactly what comes behind it; left out, it gives what is there already, then what comes. Of such a
 * field the cursor is asked whether or not the client does, and `after` becomes a variable of its own.
 */
export function eventSource(fetch: FetchNode, schema: GraphQLSchema): EventSource {
  const plain: EventSource = {
    service: fetch.serviceName,
    query: fetch.operation,
    operationName: fetch.operationName,
    variables: (given) => pick(given, fetch.variableUsages),
    cursor: undefined,
  }
  const document = parse(fetch.operation, { noLocation: true })
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const root = operation?.selectionSet.selections[0]
  if (!operation || root?.kind !== Kind.FIELD) return plain
  const defined = schema.getSubscriptionType()?.getFields()[root.name.value]
  const after = defined?.args.find(({ name }) => name === argument)
  if (!defined || !after || !hasCursor(defined)) return plain

  const resumable = withCursor(operation, root, after)
  const key = (root.alias ?? root.name).value
  const declared = resumable.variableDefinitions?.map(({ variable }) => variable.name.value) ?? []
  const used = declared.filter((name) => name !== afterVariable)
  const given = root.arguments?.find(({ name }) => name.value === argument)?.value
  return {
    ...plain,
    query: print({
      ...document,
      definitions: document.definitions.map((definition) => (definition === operation ? resumable : definition)),
    }),
    variables: (values) => pick(values, used),
    cursor: {
      variable: afterVariable,
      first: (values) => given && readValue(given, operation, values),
      of(event) {
        const told = inData(event, key)
        return isObject(told) ? (told[cursorKey] ?? undefined) : undefined
      },
    },
  }
}

function hasCursor({ type }: GraphQLField<unknown, unknown>): boolean {
  const event = getNullableType(type)
  if (isListType(event) || !(isObjectType(event) || isInterfaceType(event))) return false
  const cursor = event.getFields()[field]
  return cursor !== undefined && isLeafType(getNamedType(cursor.type)) && cursor.args.every(isOptional)
}

const isOptional = ({ type, defaultValue }: GraphQLArgument) => !isNonNullType(type) || defaultValue !== undefined

/** The operation, its cursor asked for and its position a variable; variables that only told the position are gone. */
function withCursor(
  operation: OperationDefinitionNode,
  root: FieldNode,
  { type, defaultValue }: GraphQLArgument,
): OperationDefinitionNode {
  const others = root.arguments?.filter(({ name }) => name.value !== argument) ?? []
  const position: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: argument },
    value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: afterVariable } },
  }
  const cursor: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: cursorKey },
    name: { kind: Kind.NAME, value: field },
  }
  const selections = [cursor, ...(root.selectionSet?.selections ?? [])]
  const changed: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: [],
    selectionSet: {
      ...operation.selectionSet,
      selections: [
        { ...root, arguments: [...others, position], selectionSet: { kind: Kind.SELECTION_SET, selections } },
      ],
    },
  }
  const used = new Set<string>()
  visit(changed, {
    enter(node) {
      if (node.kind === Kind.VARIABLE) used.add(node.name.value)
    },
  })
  const declared = operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? []
  const own: VariableDefinitionNode = {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: afterVariable } },
    // What may be left out in the contract may be left out as a variable.
    type: parseType(String(defaultValue === undefined ? type : getNullableType(type))),
  }
  return { ...changed, variableDefinitions: [...declared, own] }
}

function readValue(
  given: ValueNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
  values: Variables,
): unknown {
  if (given.kind !== Kind.VARIABLE) return valueFromASTUntyped(given, values)
  const name = given.name.value
  if (name in values) return values[name]
  const standard = variableDefinitions.find(({ variable }) => variable.name.value === name)?.defaultValue
  return standard && valueFromASTUntyped(standard)
}

function pick(given: Variables, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in given).map((name) => [name, given[name]]))
}
