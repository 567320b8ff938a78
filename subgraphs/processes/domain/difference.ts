/** A definition as it was published: its steps with the commands they give, and what else there is to it. */
export type Shape = Readonly<Record<string, unknown>> & { readonly steps: readonly ShapeStep[] }

type ShapeStep = Readonly<Record<string, unknown>> & { readonly name: string }

/** What became of a step from one version to another; `before` and `after` are the step as it was published. */
export type StepChange = {
  readonly name: string
  readonly change: 'ADDED' | 'REMOVED' | 'CHANGED' | 'MOVED'
  readonly before: ShapeStep | null
  readonly after: ShapeStep | null
}

/** What is different from one version to another: steps as the newer one has them, then those that are gone. */
export function stepChanges(before: Shape, after: Shape): StepChange[] {
  const old = new Map(before.steps.map((step) => [step.name, step]))
  const names = new Set(after.steps.map(({ name }) => name))
  const kept = before.steps.filter(({ name }) => names.has(name)).map(({ name }) => name)
  let place = 0
  const changed = after.steps.flatMap((step): StepChange[] => {
    const was = old.get(step.name)
    if (!was) return [{ name: step.name, change: 'ADDED', before: null, after: step }]
    const moved = kept[place++] !== step.name
    if (!isSame(was, step)) return [{ name: step.name, change: 'CHANGED', before: was, after: step }]
    return moved ? [{ name: step.name, change: 'MOVED', before: was, after: step }] : []
  })
  const gone = before.steps.filter(({ name }) => !names.has(name))
  return [
    ...changed,
    ...gone.map((step) => ({ name: step.name, change: 'REMOVED', before: step, after: null }) as const),
  ]
}

/** What besides the steps is different, such as `deadlineDays` or `startOn`. */
export function otherChanges(before: Shape, after: Shape): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => name !== 'steps' && name !== 'version' && !isSame(before[name], after[name]))
    .sort()
}

// Both come from `jsonb`, which puts keys in one order.
const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
