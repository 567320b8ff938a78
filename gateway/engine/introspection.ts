import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql'
import { keyOf } from './clientAliases.ts'
import type { Run } from './run.ts'

/** Compiles the answers to `__schema` and `__type`: they depend on the schema and the variables alone. */
export function compileIntrospection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): (field: FieldNode, run: Run) => string {
  const fixed = new Map<FieldNode, string>()
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)

  return (field, run) => {
    const known = fixed.get(field)
    if (known !== undefined) return known
    // The field's own condition has been asked already; only what is below it is executed here.
    const query: OperationDefinitionNode = {
      ...operation,
      operation: OperationTypeNode.QUERY,
      directives: [],
      selectionSet: { kind: Kind.SELECTION_SET, selections: [{ ...field, directives: [] }] },
    }
    const source: DocumentNode = { kind: Kind.DOCUMENT, definitions: [query, ...fragments] }
    const { data } = executeSync({ schema, document: source, rootValue: {}, variableValues: run.variables })
    const text = JSON.stringify(data?.[keyOf(field)] ?? null)
    if (!usesVariables(source)) fixed.set(field, text)
    return text
  }
}

function usesVariables(document: DocumentNode): boolean {
  let used = false
  visit(document, {
    Variable() {
      used = true
    },
  })
  return used
}
