/** What stands in the databases when all is quiet: what was asked for, the processes, and what they left behind. */
export type Evidence = {
  readonly asked: readonly { subject: string; refuse: string | null; verdict: string | null }[]
  readonly definitions: readonly { name: string; version: number; steps: readonly Step[] }[]
  readonly instances: readonly Instance[]
  readonly effects: readonly Effect[]
}

export type Step = { readonly name: string; readonly kind: string; readonly branch: string }
export type Effect = {
  readonly branch: string
  readonly process: string
  readonly version: number
  readonly subject: string
  readonly step: string
  readonly kind: 'DONE' | 'UNDONE' | 'CLOSED'
}
export type Instance = {
  readonly definition: string
  readonly version: number
  readonly subject: string
  readonly state: string
  /** Steps that said no: what they asked is no effect that stays. */
  readonly refused: readonly string[]
  readonly cancelled: boolean
}

export type Verdict = {
  readonly started: number
  readonly completed: number
  readonly compensated: number
  /** Asked for and never begun, or begun and neither ended nor stuck. */
  readonly lost: number
  readonly twice: number
  /** Effects that no process of this version and end leaves: of none, of another version, not undone. */
  readonly orphaned: number
  readonly stuck: number
  /** Effects that a process of this end leaves, and did not. */
  readonly missing: number
  /** Completed although something was refused or it was cancelled, or rolled back although nothing was. */
  readonly endedWrongly: number
}

/** Compares what is there with what must be there. Goes by rows alone. */
export function judge({ asked, definitions, instances, effects }: Evidence): Verdict {
  const named = new Set(definitions.map(({ name }) => name))
  const instanceOf = new Map(instances.map((one) => [`${one.definition} ${one.subject}`, one]))
  const effectsOf = Map.groupBy(effects, ({ process, subject }) => `${process} ${subject}`)
  const stepsOf = new Map(definitions.map(({ name, version, steps }) => [`${name} ${version}`, steps]))
  const verdict = { lost: 0, twice: 0, orphaned: 0, stuck: 0, missing: 0, endedWrongly: 0 }

  for (const of of effectsOf.values()) verdict.twice += of.length - new Set(of.map(nameOf)).size
  for (const [id, of] of effectsOf) if (!instanceOf.has(id)) verdict.orphaned += of.length
  for (const { subject, refuse, verdict: decided } of asked)
    for (const name of named) {
      const instance = instanceOf.get(`${name} ${subject}`)
      if (instance?.state === 'STUCK') verdict.stuck++
      else if (instance?.state !== 'COMPLETED' && instance?.state !== 'COMPENSATED') verdict.lost++
      else {
        const steps = (stepsOf.get(`${name} ${instance.version}`) ?? []).filter(
          ({ kind }) => kind !== 'approval' || decided !== null,
        )
        const left = new Set((effectsOf.get(`${name} ${subject}`) ?? []).map(nameOf))
        const must = mustLeave(instance, steps, left)
        verdict.missing += without(must, left)
        verdict.orphaned += without(left, must)
        if (endsWrongly(instance, steps, refuse, decided)) verdict.endedWrongly++
      }
    }
  const inState = (state: string) => instances.filter((one) => one.state === state).length
  return {
    started: asked.length * named.size,
    completed: inState('COMPLETED'),
    compensated: inState('COMPENSATED'),
    ...verdict,
  }
}

const nameOf = ({ branch, version, step, kind }: Omit<Effect, 'process' | 'subject'>) =>
  `${kind} ${step} of version ${version} at ${branch}`

const without = (these: ReadonlySet<string>, those: ReadonlySet<string>) =>
  [...these].filter((one) => !those.has(one)).length

/** All that a process of this end may leave behind, and must. */
function mustLeave({ state, version, refused }: Instance, steps: readonly Step[], left: ReadonlySet<string>) {
  const effect = (kind: Effect['kind'], { name: step, branch }: Step) => nameOf({ branch, version, step, kind })
  if (state === 'COMPLETED') return new Set(steps.map((step) => effect('DONE', step)))
  // A step may be there undone, or not at all; a decision against it ends an approval, and leaves nothing to withdraw.
  const undone = steps
    .filter(({ kind }) => kind === 'step' || kind === 'approval')
    .map((step) => [
      effect('DONE', step),
      ...(step.kind === 'approval' && refused.includes(step.name) ? [] : [effect('UNDONE', step)]),
    ])
    .filter((pair) => pair.every((one) => left.has(one)))
    .flat()
  return new Set([...undone, effect('CLOSED', { name: 'rolledBack', kind: 'rolledBack', branch: 'north' })])
}

function endsWrongly(
  { state, cancelled }: Instance,
  steps: readonly Step[],
  refuse: string | null,
  decided: string | null,
) {
  const refusedStep = steps.some(({ name }) => name === refuse)
  const refusedApproval = decided !== 'APPROVED' && steps.some(({ kind }) => kind === 'approval')
  const refusal = refusedStep || refusedApproval
  return state === 'COMPLETED' ? refusal || cancelled : !refusal && !cancelled
}
