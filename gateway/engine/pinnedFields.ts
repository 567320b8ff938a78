import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type NameNode,
  print,
  type SelectionNode,
} from 'graphql'
import {
  argumentOf,
  type FieldsTypeNode,
  fieldOf,
  fieldsTypes,
  hasFields,
  isJoinField,
  namedType,
  parseFieldSet,
  printFieldSet,
  withArgument,
} from './supergraphAst.ts'

/** A field as some `@requires` asks for it: with arguments that never vary. */
export type PinnedField = { field: string; arguments: readonly ArgumentNode[] }

export type PinnedSupergraph = {
  document: DocumentNode
  /** By the name the planner knows the field under. */
  pinned: ReadonlyMap<string, PinnedField>
  /** By `Type.field`: the pinned fields its `@requires` needs. */
  pinsOf: ReadonlyMap<string, ReadonlySet<string>>
}

type Pins = { byName: Map<string, PinnedField>; byCall: Map<string, string>; wanted: Map<string, Set<string>> }

/**
 * Gives every field that a `@requires` calls with arguments a name of its own for these arguments:
 * `@requires(fields: "price(currency: \"EUR\")")` becomes `@requires(fields: "price__pinned0")`,
 * and `price__pinned0` a field of the type without arguments.
 *
 * The planner keeps one response name per field, so `price` in EUR for one `@requires`, in USD for
 * another, and as the client asked for it would fall into one. Under names of their own they are
 * three fields to it. `unpinPlan` turns the names back into calls in the finished plan.
 */
export function pinRequiredFields(supergraph: DocumentNode): PinnedSupergraph {
  const types = fieldsTypes(supergraph)
  const pins: Pins = { byName: new Map(), byCall: new Map(), wanted: new Map() }
  const pinsOf = new Map<string, Set<string>>()

  const rewritten = supergraph.definitions.map((node) => {
    if (!hasFields(node)) return node
    const fields = node.fields?.map((field) => {
      const found = new Set<string>()
      const directives = field.directives?.map((d) => pinDirective(d, node.name.value, types, pins, found))
      if (found.size > 0) pinsOf.set(`${node.name.value}.${field.name.value}`, found)
      return found.size > 0 ? { ...field, directives } : field
    })
    return { ...node, fields }
  })
  if (pins.byName.size === 0) return { document: supergraph, pinned: pins.byName, pinsOf }

  const document = {
    ...supergraph,
    definitions: rewritten.map((node) => (hasFields(node) ? addPins(node, pins) : node)),
  }
  return { document, pinned: pins.byName, pinsOf }
}

function pinDirective(
  directive: ConstDirectiveNode,
  typeName: string,
  types: ReadonlyMap<string, FieldsTypeNode>,
  pins: Pins,
  found: Set<string>,
): ConstDirectiveNode {
  const requires = isJoinField(directive) ? argumentOf(directive, 'requires') : undefined
  if (typeof requires !== 'string') return directive

  const pin = (selections: readonly SelectionNode[], parent: string): SelectionNode[] =>
    selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const inner = pin(selection.selectionSet.selections, selection.typeCondition?.name.value ?? parent)
        return { ...selection, selectionSet: { ...selection.selectionSet, selections: inner } }
      }
      const definition = fieldOf(types, parent, selection.name.value)
      const selectionSet =
        selection.selectionSet && definition
          ? {
              ...selection.selectionSet,
              selections: pin(selection.selectionSet.selections, namedType(definition.type)),
            }
          : selection.selectionSet
      if (!selection.arguments?.length) return { ...selection, selectionSet }
      const name = nameOf(selection.name.value, selection.arguments, pins)
      found.add(name)
      want(parent, name, types, pins)
      return { ...selection, name: nameNode(name), arguments: [], selectionSet }
    })

  const selections = pin(parseFieldSet(requires), typeName)
  return withArgument(directive, 'requires', printFieldSet(selections))
}

/** One name for one call: the same field with the same arguments is pinned once. */
function nameOf(field: string, args: readonly ArgumentNode[], pins: Pins): string {
  const call = `${field}(${args.map(print).toSorted().join()})`
  const known = pins.byCall.get(call)
  if (known) return known
  const name = `${field}__pinned${pins.byName.size}`
  pins.byCall.set(call, name)
  pins.byName.set(name, { field, arguments: args })
  return name
}

/** A pinned field of an interface is one of its implementations too, as the field itself is. */
function want(typeName: string, pinnedName: string, types: ReadonlyMap<string, FieldsTypeNode>, pins: Pins): void {
  for (const [name, type] of types) {
    if (name !== typeName && !type.interfaces?.some((node) => node.name.value === typeName)) continue
    const wanted = pins.wanted.get(name) ?? new Set()
    pins.wanted.set(name, wanted.add(pinnedName))
  }
}

function addPins(node: FieldsTypeNode, pins: Pins): FieldsTypeNode {
  const added: FieldDefinitionNode[] = []
  for (const name of pins.wanted.get(node.name.value) ?? []) {
    const original = node.fields?.find((field) => field.name.value === pins.byName.get(name)?.field)
    if (!original) continue
    added.push({
      ...original,
      name: nameNode(name),
      arguments: [],
      directives: original.directives?.filter(isJoinField),
    })
  }
  return added.length === 0 ? node : { ...node, fields: [...(node.fields ?? []), ...added] }
}

export function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value }
}
