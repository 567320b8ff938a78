import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql'
import { Denied } from './denied.ts'

/** How large a document may be before anybody thinks about what it asks. */
export type DocumentLimits = { maxTokens: number; maxDepth: number }

const introspectionFields = new Set(['__schema', '__type', '__typename'])

/**
 * Parses a document within the limits. Denies with DOCUMENT_TOO_LARGE (tokens), DOCUMENT_TOO_DEEP, or
 * DOCUMENT_NOT_READABLE (syntax); the document itself is not echoed.
 */
export function parseWithinLimits(query: string, limits: DocumentLimits): DocumentNode {
  const document = parsed(query, limits.maxTokens)
  if (depthOf(document, limits.maxDepth) > limits.maxDepth) {
    const message = `The document nests deeper than ${limits.maxDepth} levels`
    throw new Denied(400, 'BAD_USER_INPUT', 'DOCUMENT_TOO_DEEP', message)
  }
  return document
}

function parsed(query: string, maxTokens: number): DocumentNode {
  try {
    return parse(query, { maxTokens })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    if (error.message.includes('Parsing aborted')) {
      const message = `The document has more than ${maxTokens} tokens`
      throw new Denied(400, 'BAD_USER_INPUT', 'DOCUMENT_TOO_LARGE', message)
    }
    const [at] = error.locations ?? []
    const message = `The document is not GraphQL${at ? `, see line ${at.line} column ${at.column}` : ''}`
    throw new Denied(400, 'BAD_USER_INPUT', 'DOCUMENT_NOT_READABLE', message)
  }
}

/**
 * The number of nested fields of the deepest operation. Every fragment is measured once, so that fragments which
 * spread each other many times cost no more than their text; one that spreads itself counts as endless.
 */
function depthOf(document: DocumentNode, enough: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const measured = new Map<string, number>()

  const ofFragment = (name: string, level: number): number => {
    const known = measured.get(name)
    if (known !== undefined) return known
    const fragment = fragments.get(name)
    if (!fragment) return 0 // Validation will say so.
    measured.set(name, Number.POSITIVE_INFINITY)
    const depth = of(fragment.selectionSet, level)
    measured.set(name, depth)
    return depth
  }
  const of = (set: SelectionSetNode | undefined, level: number): number => {
    if (!set) return 0
    if (level > enough) return Number.POSITIVE_INFINITY
    let deepest = 0
    for (const selection of set.selections) {
      const depth =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value, level)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? of(selection.selectionSet, level)
            : 1 + of(selection.selectionSet, level + 1)
      deepest = Math.max(deepest, depth)
    }
    return deepest
  }

  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  return Math.max(0, ...operations.map((operation) => of(operation.selectionSet, 0)))
}

/** The operation a request means: the one it names, or the only one. Denies with OPERATION_UNKNOWN. */
export function operationOf(document: DocumentNode, operationName: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName)
  if (operation) return operation
  const message = operationName
    ? 'The document has no operation of that operationName'
    : 'The document has no operation, or several and no operationName'
  throw new Denied(400, 'BAD_USER_INPUT', 'OPERATION_UNKNOWN', message)
}

/** Whether an operation asks for nothing but the schema, so that it may be answered without knowing who asks. */
export function asksForSchemaOnly(operation: OperationDefinitionNode): boolean {
  return (
    operation.operation === 'query' &&
    operation.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && introspectionFields.has(selection.name.value),
    )
  )
}
