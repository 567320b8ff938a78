import { type DirectiveNode, Kind } from 'graphql'
import type { Run } from './run.ts'

/** Whether a selection is part of the answer, asked with the request's variables. */
export type Condition = (run: Run) => boolean

/**
 * What `@skip` and `@include` say of a selection: `false` for never, undefined for always, or a
 * question for when the request is known.
 */
export function conditionOf(directives: readonly DirectiveNode[] | undefined): Condition | false | undefined {
  let condition: Condition | undefined
  for (const directive of directives ?? []) {
    const wanted = directive.name.value === 'include' ? true : directive.name.value === 'skip' ? false : undefined
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value
    if (wanted === undefined || !value) continue
    if (value.kind === Kind.BOOLEAN && value.value !== wanted) return false
    if (value.kind === Kind.VARIABLE) {
      const name = value.name.value
      condition = both(condition, (run) => run.coerced[name] === wanted)
    }
  }
  return condition
}

export function both(first: Condition | undefined, second: Condition | undefined): Condition | undefined {
  return first && second ? (run) => first(run) && second(run) : (first ?? second)
}

/** Whether any of several selections of one field is part of the answer; undefined for always. */
export function anyOf(conditions: readonly (Condition | undefined)[]): Condition | undefined {
  const asked: Condition[] = []
  for (const condition of conditions) {
    if (!condition) return undefined
    asked.push(condition)
  }
  return (run) => asked.some((condition) => condition(run))
}
