import type { DocumentNode, FormattedExecutionResult, GraphQLFormattedError, OperationDefinitionNode } from 'graphql'
import { completeAnswer, type TellDenied } from './completedAnswer.ts'
import { Denied } from './denied.ts'
import { type FieldAccess, fieldAccess, neededFor, permits, type Rights } from './fieldAccess.ts'
import { accessOf, type Restricted, restrict } from './restrictedDocument.ts'
import { fragmentsOf, variablesOf } from './selectedFields.ts'
import type { SupergraphRules } from './supergraphRules.ts'

/** `null` answers without what may not be read, each with an error; `refuse` refuses the whole request. */
export type OnForbidden = 'null' | 'refuse'

/** What may be executed of an operation, where that is not all of it. */
export type Permitted = {
  /** To be executed in place of what was asked. */
  query: string
  document: DocumentNode
  /** Makes an answer to it the answer to what was asked. */
  complete(
    result: FormattedExecutionResult,
    variables: Readonly<Record<string, unknown>> | undefined,
  ): FormattedExecutionResult
}

export type Authorization = {
  /**
   * Answers what somebody of these rights may execute of an operation; undefined means all of it. Denies with 403
   * OPERATION_FORBIDDEN (401 to nobody) where a request is refused as a whole, and so is a subscription to a field
   * that may not be read: nothing would ever come of it.
   */
  permitted(document: DocumentNode, operation: OperationDefinitionNode, rights: Rights): Permitted | undefined
}

/** So many different sets of rights are remembered for one operation; roles are few, what is made up is not. */
const shapesKept = 64

/**
 * Holds what the contract says of its readers, before anything is planned: who may not read a field executes an
 * operation without it. Subgraphs hold the same once more, for whoever asks them otherwise.
 */
export function createAuthorization(rules: SupergraphRules, onForbidden: OnForbidden): Authorization {
  const guarded = { rules, access: fieldAccess(rules) }
  const known = new WeakMap<OperationDefinitionNode, { asked: FieldAccess[]; shapes: Map<string, Permitted> }>()

  const permittedTo = (document: DocumentNode, operation: OperationDefinitionNode, rights: Rights): Permitted => {
    const restricted = restrict(document, operation, guarded, (access) => !permits(access, rights))
    const root = rules.root(operation.operation)
    const rootFields = [...restricted.denied.values()].filter(({ field }) => field.startsWith(`${root}.`))
    if (operation.operation === 'subscription' && rootFields.length > 0) throw refused(rootFields, rights)
    return {
      query: restricted.query,
      document: restricted.document,
      complete(result, variables) {
        const selecting = { rules, fragments: fragmentsOf(document), variable: variablesOf(operation, variables) }
        return completeAnswer(result, [operation.selectionSet], root, { selecting, tell: telling(restricted, rights) })
      },
    }
  }

  return {
    permitted(document, operation, rights) {
      const kept = known.get(operation) ?? { asked: accessOf(document, operation, guarded), shapes: new Map() }
      known.set(operation, kept)
      const shape = kept.asked.map((access) => (permits(access, rights) ? '1' : '0')).join('')
      if (!shape.includes('0')) return undefined
      if (onForbidden === 'refuse') throw refused(missing(kept.asked, rights), rights)
      const key = `${rights.authenticated} ${shape}`
      const before = kept.shapes.get(key)
      if (before) return before
      const found = permittedTo(document, operation, rights)
      if (kept.shapes.size < shapesKept) kept.shapes.set(key, found)
      return found
    },
  }
}

function missing(asked: readonly FieldAccess[], rights: Rights): FieldAccess[] {
  return asked.filter((access) => !permits(access, rights))
}

function refused(needed: readonly FieldAccess[], { authenticated }: Rights): Denied {
  const message = `The operation needs ${needed.map(neededFor).join(' and ')}`
  return authenticated
    ? new Denied(403, 'FORBIDDEN', 'OPERATION_FORBIDDEN', message)
    : new Denied(401, 'UNAUTHENTICATED', 'TOKEN_INVALID', message, { 'www-authenticate': 'Bearer' })
}

function telling({ denied }: Restricted, { authenticated }: Rights): TellDenied {
  return (node, path): GraphQLFormattedError => {
    const access = denied.get(node)
    return {
      message: access ? `${access.field} needs ${neededFor(access)}` : `${node.name.value} may not be read here`,
      path,
      extensions: { code: authenticated ? 'FORBIDDEN' : 'UNAUTHENTICATED', reason: 'FIELD_FORBIDDEN' },
    }
  }
}
