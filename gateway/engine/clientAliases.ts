import { type DocumentNode, type FieldNode, visit } from 'graphql'
import { nameNode } from './pinnedFields.ts'

export type AliasedDocument = {
  document: DocumentNode
  /** The key the plan stores a field of the original document under. */
  planKey(field: FieldNode): string
  /** Reads from an object of the plan's data what stands under the client's name; absent where names are the same. */
  read: ReadByClientKey | undefined
}

export type ReadByClientKey = (object: Readonly<Record<string, unknown>>, key: string) => unknown

/**
 * Renames the client's response names that collide with names the planner selects for itself.
 *
 * The planner adds the fields of keys and requirements to a selection under their own names. A
 * client that writes `id: name`, or asks for a required field with arguments of its own, would
 * make one response name mean two things; so would names every object inherits, as `constructor`.
 */
export function aliasCollisions(document: DocumentNode, plannersNames: ReadonlySet<string>): AliasedDocument {
  const prefix = freePrefix(document)
  const aliases = new Map<FieldNode, string>()
  const rewritten = visit(document, {
    Field(field) {
      if (!collides(field, plannersNames)) return undefined
      const alias = prefix + keyOf(field)
      aliases.set(field, alias)
      return { ...field, alias: nameNode(alias) }
    },
  })
  return {
    document: rewritten,
    planKey: (field) => aliases.get(field) ?? keyOf(field),
    read: aliases.size === 0 ? undefined : (object, key) => object[prefix + key in object ? prefix + key : key],
  }
}

export function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value
}

function collides(field: FieldNode, plannersNames: ReadonlySet<string>): boolean {
  const key = keyOf(field)
  if (key in Object.prototype) return true
  const meansAnotherField = field.alias !== undefined && key !== field.name.value
  return plannersNames.has(key) && (meansAnotherField || Boolean(field.arguments?.length))
}

/** A prefix no response name of the document begins with. */
function freePrefix(document: DocumentNode): string {
  let prefix = 'client__'
  const lengthen = (field: FieldNode): undefined => {
    while (keyOf(field).startsWith(prefix)) prefix += '_'
  }
  visit(document, { Field: lengthen })
  return prefix
}
