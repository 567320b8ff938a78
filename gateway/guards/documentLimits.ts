import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { Denied } from './denied.ts'

/** How large a document may be before anybody thinks about what it asks. */
export type DocumentLimits = {
  maxTokens: number
  /** Levels of fields below each other. */
  maxDepth: number
  /** Fields under another name, `__typename` included, each counted as often as its fragments are spread. */
  maxAliases: number
  /** Fields of an operation's own level, counted likewise. */
  maxRootFields: number
  maxDirectives: number
  /** Whether the schema may be asked for. */
  introspection: boolean
  /** Documents that were read before, by their text. */
  known?: { get(query: string): DocumentNode | undefined; set(query: string, document: DocumentNode): void }
}

const introspectionFields = new Set(['__schema', '__type', '__typename'])

/**
 * Parses a document within the limits. Denies with DOCUMENT_TOO_LARGE (tokens), DOCUMENT_TOO_DEEP,
 * DOCUMENT_TOO_WIDE (aliases, root fields, directives, fragments that multiply), INTROSPECTION_OFF, or DOCUMENT_NOT_READABLE (syntax); the
 * document itself is not echoed.
 */
export function parseWithinLimits(query: string, limits: DocumentLimits): DocumentNode {
  const before = limits.known?.get(query)
  if (before) return before
  const document = parsed(query, limits.maxTokens)
  const { depth, aliases, rootFields } = measure(document, limits.maxDepth)
  if (depth > limits.maxDepth) throw tooMuch('DOCUMENT_TOO_DEEP', `nests deeper than ${limits.maxDepth} levels`)
  if (aliases > limits.maxAliases) throw tooMuch('DOCUMENT_TOO_WIDE', `has more than ${limits.maxAliases} aliases`)
  if (rootFields > limits.maxRootFields)
    throw tooMuch('DOCUMENT_TOO_WIDE', `has more than ${limits.maxRootFields} root fields`)
  if (expandedSelections(document) > maxExpandedSelections)
    throw tooMuch(
      'DOCUMENT_TOO_WIDE',
      `asks for more than ${maxExpandedSelections} fields once its fragments are spread`,
    )
  lookInside(document, limits)
  limits.known?.set(query, document)
  return document
}

function tooMuch(reason: 'DOCUMENT_TOO_DEEP' | 'DOCUMENT_TOO_WIDE', what: string): Denied {
  return new Denied(400, 'BAD_USER_INPUT', reason, `The document ${what}`)
}

function parsed(query: string, maxTokens: number): DocumentNode {
  try {
    return parse(query, { maxTokens })
  } catch (error) {
    // The parser goes down with the text: brackets in brackets use up the stack before the tokens are too many.
    if (error instanceof RangeError) throw tooMuch('DOCUMENT_TOO_DEEP', 'nests deeper than can be read')
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

function lookInside(document: DocumentNode, { maxDirectives, introspection }: DocumentLimits): void {
  let directives = 0
  visit(document, {
    enter(node) {
      if (node.kind === Kind.DIRECTIVE && ++directives > maxDirectives)
        throw tooMuch('DOCUMENT_TOO_WIDE', `has more than ${maxDirectives} directives`)
      const isSchema = node.kind === Kind.FIELD && introspectionFields.has(node.name.value)
      if (isSchema && !introspection && node.name.value !== '__typename')
        throw new Denied(400, 'BAD_USER_INPUT', 'INTROSPECTION_OFF', 'The schema is not told here')
    },
  })
}

/** Far beyond what a person or a program writes, and still planned within a blink. */
const maxExpandedSelections = 20_000

/**
 * How many selections the largest operation has when every spread is followed, wherever it stands: a planner
 * follows those under conditions one by one. Linear in the text, since a fragment is counted once.
 */
function expandedSelections(document: DocumentNode): number {
  const fragments = fragmentsOf(document)
  const counted = new Map<SelectionSetNode, number>()
  const count = (set: SelectionSetNode | undefined): number => {
    if (!set) return 0
    const known = counted.get(set)
    if (known !== undefined) return known
    counted.set(set, Number.POSITIVE_INFINITY) // one that reaches itself has no end
    const total = set.selections
      .map((selection) =>
        selection.kind === Kind.FRAGMENT_SPREAD
          ? count(fragments.get(selection.name.value)?.selectionSet)
          : count(selection.selectionSet),
      )
      .reduce((sum, below) => sum + 1 + below, 0)
    counted.set(set, total)
    return total
  }
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  return Math.max(0, ...operations.map(({ selectionSet }) => count(selectionSet)))
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]))
}

type Size = { depth: number; aliases: number; rootFields: number }
const endless: Size = { depth: Number.POSITIVE_INFINITY, aliases: 0, rootFields: 0 }

/**
 * Measures the largest operation, as it is executed: with the fields of fragments at every place where they are
 * spread, once each place. A selection set is measured once wherever it is reached from, so that fragments which
 * spread each other take no longer than their text; one that reaches itself counts as endless.
 */
function measure(document: DocumentNode, enough: number): Size {
  const fragments = fragmentsOf(document)
  const measured = new Map<SelectionSetNode, Size>()

  const sizeOf = (set: SelectionSetNode, level: number): Size => {
    const known = measured.get(set)
    if (known) return known
    if (level > enough) return endless
    measured.set(set, endless)
    const fields = fieldsOf(set, fragments)
    const size: Size = { depth: 0, aliases: 0, rootFields: fields.length }
    for (const { alias, selectionSet } of fields) {
      const below = selectionSet ? sizeOf(selectionSet, level + 1) : undefined
      size.depth = Math.max(size.depth, 1 + (below?.depth ?? 0))
      size.aliases += (alias ? 1 : 0) + (below?.aliases ?? 0)
    }
    measured.set(set, size)
    return size
  }

  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const sizes = operations.map((operation) => sizeOf(operation.selectionSet, 0))
  return {
    depth: Math.max(0, ...sizes.map(({ depth }) => depth)),
    aliases: Math.max(0, ...sizes.map(({ aliases }) => aliases)),
    rootFields: Math.max(0, ...sizes.map(({ rootFields }) => rootFields)),
  }
}

/** The fields of one level: its own, and those of the fragments it spreads, each fragment once. */
function fieldsOf(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode[] {
  const fields: FieldNode[] = []
  const spread = new Set<string>()
  const open = [set]
  for (let next = open.pop(); next; next = open.pop()) {
    for (const selection of next.selections) {
      if (selection.kind === Kind.FIELD) fields.push(selection)
      if (selection.kind === Kind.INLINE_FRAGMENT) open.push(selection.selectionSet)
      if (selection.kind !== Kind.FRAGMENT_SPREAD || spread.has(selection.name.value)) continue
      spread.add(selection.name.value)
      // One that is not there is left to validation.
      const fragment = fragments.get(selection.name.value)
      if (fragment) open.push(fragment.selectionSet)
    }
  }
  return fields
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
