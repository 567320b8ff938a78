import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  print,
} from 'graphql'
import { type Branch, type CollectedField, collectFields, type Fragments } from './collectFields.ts'
import { anyOf, type Condition } from './conditions.ts'
import type { JsonObject } from './json.ts'
import { leafWriter } from './leafWriters.ts'
import type { Run } from './run.ts'
import type { Sharing } from './sharedPaths.ts'
import {
  bubble,
  type FieldWriter,
  listWriter,
  nonNull,
  objectText,
  scalarWriter,
  type ValueWriter,
} from './writeValues.ts'

/** What compiling a writer needs to know of the operation it writes for. */
export type WriterContext = {
  schema: GraphQLSchema
  fragments: Fragments
  /** The key the plan stores a field under. */
  planKey(field: FieldNode): string
  /** The text of a `__schema` or `__type` field. */
  introspect(field: FieldNode, run: Run): string
  /** Why a field can have no value, for a field the plan does not fetch. */
  missing(field: FieldNode): { message: string; code: string } | undefined
  sharing: Pick<Sharing, 'ofEntities' | 'ofEqualText'>
}

type Compiler = WriterContext & {
  /** One number per selection of one type: equal selections write the same text of the same object. */
  textIds: Map<string, number>
  nextId: number
}

/**
 * Compiles the client's operation into a function that turns the collected data into response text
 * in one pass: fields in the client's order and names, leaves checked against their types, nulls
 * carried up to the nearest field that may be null.
 */
export function compileWriter(root: GraphQLCompositeType, branch: Branch, context: WriterContext): ValueWriter {
  return compositeWriter(root, [branch], { ...context, textIds: new Map(), nextId: 0 }, [])
}

function typeWriter(
  type: GraphQLOutputType,
  field: CollectedField,
  compiler: Compiler,
  path: readonly string[],
): ValueWriter {
  if (isNonNullType(type)) return nonNull(typeWriter(type.ofType, field, compiler, path))
  if (isListType(type)) return listWriter(typeWriter(type.ofType, field, compiler, path))
  if (isLeafType(type)) return scalarWriter(type.name, leafWriter(type))
  const branches = field.nodes.flatMap(({ node, shown }) =>
    node.selectionSet ? [{ set: node.selectionSet, shown }] : [],
  )
  return compositeWriter(type, branches, compiler, path)
}

function compositeWriter(
  declared: GraphQLCompositeType,
  branches: readonly Branch[],
  compiler: Compiler,
  path: readonly string[],
): ValueWriter {
  const always = compiler.sharing.ofEntities(path)
  const id = always || compiler.sharing.ofEqualText(path) ? textId(declared, branches, compiler) : undefined
  const byTypename = new Map<string, readonly FieldWriter[] | undefined>()
  const fieldsFor = (typename: string): readonly FieldWriter[] | undefined => {
    const known = byTypename.get(typename)
    if (known || byTypename.has(typename)) return known
    const fields = compileFields(typename, branches, compiler, path)
    byTypename.set(typename, fields)
    return fields
  }
  return (run, value) => {
    if (value === null || value === undefined) return 'null'
    if (typeof value !== 'object' || Array.isArray(value))
      return invalid(run, `a subgraph sent no object where "${declared.name}" was expected`)
    const written = id !== undefined && (always || run.sharesText) ? writtenBy(run, id) : undefined
    const before = written?.get(value)
    if (before !== undefined) return inOnePiece(before)
    const fields = fieldsFor(typeof value.__typename === 'string' ? value.__typename : declared.name)
    if (!fields)
      return invalid(run, `a subgraph sent an object of an unknown type where "${declared.name}" was expected`)
    const problems = run.problems.length
    const text = objectText(run, value, fields)
    if (text === bubble) return 'null'
    // An object with a problem is written again where it occurs again, so that each place is reported.
    if (written && run.problems.length === problems) written.set(value, text)
    return text
  }
}

function textId(declared: GraphQLCompositeType, branches: readonly Branch[], compiler: Compiler): number {
  // Selections under different conditions may print alike and yet write differently.
  const condition = branches.some(({ shown }) => shown) ? compiler.nextId : ''
  const key = `${condition} ${declared.name} ${branches.map(({ set }) => print(set)).join(' ')}`
  const known = compiler.textIds.get(key)
  if (known !== undefined) return known
  const id = compiler.nextId++
  compiler.textIds.set(key, id)
  return id
}

/** Reading a character of a text put together of many makes V8 join them: once, for all the places it comes to stand. */
const inOnePiece = (text: string): string => (text.charCodeAt(0) > 0 ? text : '')

function writtenBy(run: Run, id: number): Map<JsonObject, string> {
  let written = run.written[id]
  if (!written) run.written[id] = written = new Map()
  return written
}

function invalid(run: Run, message: string): 'null' {
  run.problems.push({ message, path: [], isNull: false })
  return 'null'
}

function compileFields(
  typename: string,
  branches: readonly Branch[],
  compiler: Compiler,
  path: readonly string[],
): readonly FieldWriter[] | undefined {
  const type = compiler.schema.getType(typename)
  if (!isCompositeType(type)) return undefined
  const fields = collectFields(branches, typename, compiler.schema, compiler.fragments)
  return fields.flatMap((field) => compileField(field, type, compiler, path) ?? [])
}

function compileField(
  field: CollectedField,
  type: GraphQLCompositeType,
  compiler: Compiler,
  path: readonly string[],
): FieldWriter | undefined {
  const [first] = field.nodes
  if (!first) return undefined
  const { node } = first
  const shown: Condition | undefined = anyOf(field.nodes.map((selection) => selection.shown))
  const base = { key: field.key, prefix: `${JSON.stringify(field.key)}:`, source: compiler.planKey(node), shown }
  const name = node.name.value
  if (name === '__typename') return { ...base, write: typenameWriter(base.source, type, compiler.schema) }
  if (name === '__schema' || name === '__type') {
    return { ...base, write: { ofObject: (run) => compiler.introspect(node, run) } }
  }
  const definition = isUnionType(type) ? undefined : type.getFields()[name]
  if (!definition) return undefined
  const reason = compiler.missing(node)
  if (reason) return { ...base, write: { ofObject: missingWriter(definition.type, reason) } }
  return { ...base, write: typeWriter(definition.type, field, compiler, [...path, base.source]) }
}

function typenameWriter(source: string, type: GraphQLCompositeType, schema: GraphQLSchema): FieldWriter['write'] {
  return {
    ofObject: (_run, object) => {
      const named = object[source] ?? object.__typename
      const actual = typeof named === 'string' ? (schema.getType(named) ?? type) : type
      return isObjectType(actual) ? `"${actual.name}"` : bubble
    },
  }
}

function missingWriter(type: GraphQLOutputType, { message, code }: { message: string; code: string }) {
  return (run: Run): string | typeof bubble => {
    run.problems.push({ message, path: [], isNull: false, code })
    return isNonNullType(type) ? bubble : 'null'
  }
}
