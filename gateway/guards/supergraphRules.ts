import {
  type ConstDirectiveNode,
  type ConstObjectValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type NamedTypeNode,
  type TypeDefinitionNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql'

/** A field as a guard sees it: what it gives, what it takes, and what the contract says about it. */
export type RuledField = {
  name: string
  /** The type beneath lists and non-null. */
  type: string
  /** How its value is wrapped, from the outside: a list, or what may not be null. */
  wrapping: readonly ('list' | 'nonNull')[]
  arguments: ReadonlyMap<string, RuledInput>
  directives: readonly RuledDirective[]
}

export type RuledInput = {
  name: string
  type: string
  default: unknown
  directives: readonly RuledDirective[]
}

export type RuledDirective = { name: string; arguments: Readonly<Record<string, unknown>> }

export type RuledType = {
  name: string
  kind: 'object' | 'interface' | 'union' | 'leaf' | 'input'
  directives: readonly RuledDirective[]
  fields: ReadonlyMap<string, RuledField>
  /** Of an input object. */
  inputs: ReadonlyMap<string, RuledInput>
  /** The object types a value can have; of an object type itself alone. */
  possible: ReadonlySet<string>
}

/** A supergraph as guards read it. */
export type SupergraphRules = {
  type(name: string): RuledType | undefined
  root(operation: 'query' | 'mutation' | 'subscription'): string
}

/**
 * Reads from a supergraph what its contract asks of guards. Directives are found by the feature they are linked from
 * and told by their own names, whatever the supergraph calls them: `@cost`, `@listSize`, `@authenticated`,
 * `@requiresScopes`, `@policy`. All others are left out.
 */
export function supergraphRules(supergraph: DocumentNode): SupergraphRules {
  const called = guardedDirectives(supergraph)
  const definitions = supergraph.definitions.filter(isTypeDefinition)
  const possible = possibleTypes(definitions)
  const types = new Map(
    definitions.map((definition) => [definition.name.value, ruledType(definition, called, possible)]),
  )
  const roots = rootTypes(supergraph)
  return { type: (name) => types.get(name), root: (operation) => roots[operation] }
}

const features: Readonly<Record<string, readonly string[]>> = {
  cost: ['cost', 'listSize'],
  authenticated: ['authenticated'],
  requiresScopes: ['requiresScopes'],
  policy: ['policy'],
}

/** The names under which this supergraph knows the directives of guards (core schema v0.2: `as`, `import`). */
function guardedDirectives(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const called = new Map<string, string>()
  for (const { url, as, imports } of linksOf(supergraph)) {
    const feature = /^https:\/\/specs\.apollo\.dev\/([A-Za-z]+)\/v/.exec(url)?.[1] ?? ''
    for (const directive of features[feature] ?? []) {
      const prefix = as ?? feature
      const imported = imports.get(`@${directive}`)?.slice(1)
      called.set(imported ?? (directive === feature ? prefix : `${prefix}__${directive}`), directive)
    }
  }
  return called
}

function linksOf(supergraph: DocumentNode) {
  const directives = supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  )
  return directives
    .filter(({ name }) => name.value === 'link')
    .map((directive) => {
      const { url, as, import: list } = argumentsOf(directive)
      const imports = new Map<string, string>()
      for (const entry of Array.isArray(list) ? list : []) {
        if (typeof entry === 'string') imports.set(entry, entry)
        else if (typeof entry?.name === 'string') imports.set(entry.name, String(entry.as ?? entry.name))
      }
      return { url: String(url ?? ''), as: typeof as === 'string' ? as : undefined, imports }
    })
}

function isTypeDefinition(definition: { kind: string }): definition is TypeDefinitionNode {
  return definition.kind.endsWith('TypeDefinition')
}

function possibleTypes(definitions: readonly TypeDefinitionNode[]): ReadonlyMap<string, ReadonlySet<string>> {
  const possible = new Map<string, Set<string>>()
  const add = (abstract: string, type: string) => {
    const known = possible.get(abstract)
    if (known) known.add(type)
    else possible.set(abstract, new Set([type]))
  }
  for (const definition of definitions) {
    const name = definition.name.value
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      add(name, name)
      for (const { name: implemented } of definition.interfaces ?? []) add(implemented.value, name)
    }
    if (definition.kind === Kind.UNION_TYPE_DEFINITION)
      for (const { name: member } of definition.types ?? []) add(name, member.value)
  }
  return possible
}

const noTypes: ReadonlySet<string> = new Set()

const kinds: Readonly<Record<TypeDefinitionNode['kind'], RuledType['kind']>> = {
  [Kind.OBJECT_TYPE_DEFINITION]: 'object',
  [Kind.INTERFACE_TYPE_DEFINITION]: 'interface',
  [Kind.UNION_TYPE_DEFINITION]: 'union',
  [Kind.SCALAR_TYPE_DEFINITION]: 'leaf',
  [Kind.ENUM_TYPE_DEFINITION]: 'leaf',
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: 'input',
}

function ruledType(
  definition: TypeDefinitionNode,
  called: ReadonlyMap<string, string>,
  possible: ReadonlyMap<string, ReadonlySet<string>>,
): RuledType {
  const { kind, name, directives } = definition
  const hasFields = kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.INTERFACE_TYPE_DEFINITION
  const fields = hasFields ? (definition.fields ?? []).map((field) => ruledField(field, called)) : []
  const inputs = kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ? (definition.fields ?? []) : []
  return {
    name: name.value,
    kind: kinds[kind],
    directives: ruledDirectives(directives, called),
    fields: new Map(fields.map((field) => [field.name, field])),
    inputs: new Map(inputs.map((input) => [input.name.value, ruledInput(input, called)])),
    possible: possible.get(name.value) ?? noTypes,
  }
}

function ruledField(field: FieldDefinitionNode, called: ReadonlyMap<string, string>): RuledField {
  return {
    name: field.name.value,
    type: namedType(field.type).name.value,
    wrapping: wrapping(field.type),
    arguments: new Map((field.arguments ?? []).map((argument) => [argument.name.value, ruledInput(argument, called)])),
    directives: ruledDirectives(field.directives, called),
  }
}

type InputNode = NonNullable<FieldDefinitionNode['arguments']>[number]

function ruledInput(input: InputNode, called: ReadonlyMap<string, string>): RuledInput {
  return {
    name: input.name.value,
    type: namedType(input.type).name.value,
    default: input.defaultValue && valueFromASTUntyped(input.defaultValue),
    directives: ruledDirectives(input.directives, called),
  }
}

function ruledDirectives(
  directives: readonly ConstDirectiveNode[] | undefined,
  called: ReadonlyMap<string, string>,
): RuledDirective[] {
  return (directives ?? []).flatMap((directive) => {
    const name = called.get(directive.name.value)
    return name ? [{ name, arguments: argumentsOf(directive) }] : []
  })
}

function argumentsOf(directive: ConstDirectiveNode): Record<string, unknown> {
  const fields = (directive.arguments ?? []).map(({ name, value }) => ({
    kind: Kind.OBJECT_FIELD as const,
    name,
    value,
  }))
  const given: ConstObjectValueNode = { kind: Kind.OBJECT, fields }
  return valueFromASTUntyped(given) as Record<string, unknown>
}

function rootTypes(supergraph: DocumentNode) {
  const roots = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue
    for (const { operation, type } of definition.operationTypes ?? []) roots[operation] = type.name.value
  }
  return roots
}

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type)
}

function wrapping(type: TypeNode): ('list' | 'nonNull')[] {
  if (type.kind === Kind.NAMED_TYPE) return []
  return [type.kind === Kind.LIST_TYPE ? 'list' : 'nonNull', ...wrapping(type.type)]
}
