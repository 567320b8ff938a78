import { type DocumentNode, print, visit } from 'graphql'
import { keyOf } from './clientAliases.ts'

/**
 * Whether a response name means the same field with the same arguments throughout a document. Then
 * one entity may be one object wherever it occurs: what is fetched for one place suits the others.
 */
export function isShareable(document: DocumentNode): boolean {
  const meanings = new Map<string, string>()
  let shareable = true
  visit(document, {
    Field(field) {
      const meaning = `${field.name.value}(${field.arguments?.map(print).toSorted().join()})`
      const known = meanings.get(keyOf(field)) ?? meaning
      meanings.set(keyOf(field), known)
      if (known !== meaning) shareable = false
    },
  })
  return shareable
}
