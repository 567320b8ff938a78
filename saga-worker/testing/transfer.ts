import type { Command } from '../engine/command.ts'
import { type Saga, saga } from '../engine/saga.ts'

// Processes made for trying the engine with faults, between two branches, north and south. Each command of theirs
// leaves a row, so that afterwards rows can be counted: e2e/faults says how.

/** What is asked for, and what shall become of it. */
type Asked = {
  readonly subject: string
  readonly refuse: string | null
  readonly verdict: 'APPROVED' | 'REJECTED' | 'EXPIRED' | null
}
type Branch = 'north' | 'south'

const startOn = { type: 'faults.Asked', parse: (payload: unknown) => payload as Asked }

/** What one version of a process sends for its steps. */
function sending(process: string, version: number) {
  const input = ({ subject }: Asked, step: string) => ({ process, version, subject, step })
  const send = (subgraph: Branch, mutation: string, step: string) => ({
    command: ({ start }: { start: Asked }): Command<object> => ({
      ...{ subgraph, mutation },
      input: { ...input(start, step), refuse: start.refuse === step },
    }),
  })
  const back = (subgraph: Branch, mutation: string, step: string) => (context: { start: Asked }) => ({
    ...{ subgraph, mutation },
    input: input(context.start, step),
  })
  return {
    done: (branch: Branch, step: string) => send(branch, 'act', step),
    undoable: (branch: Branch, step: string) => ({
      ...send(branch, 'act', step),
      compensate: back(branch, 'undo', step),
    }),
    asked: (subgraph: Branch, step: string) => ({
      due: ({ start }: { start: Asked }) => start.verdict !== null,
      request: ({ start }: { start: Asked }): Command<{ requestId: string }> => ({
        ...{ subgraph, mutation: 'requestDecision' },
        input: {
          ...input(start, step),
          verdict: start.verdict,
          ...{ policy: process, subjectType: 'Transfer', subjectId: start.subject },
        },
      }),
      withdraw: back(subgraph, 'withdrawDecision', step),
    }),
    closed: back('north', 'close', 'rolledBack'),
  }
}

const common = { owner: 'nobody', subject: 'Transfer', isolation: 'wait', startOn, deadlineDays: 30 } as const
const correlateBy = ({ subject }: Asked) => subject

/** One version of a process that changes from version to version: steps come, go, and change their place. */
export function transfer(version: number): Saga {
  const { done, undoable, asked, closed } = sending('transfer', version)
  const begun = saga({ ...common, name: 'transfer', version, correlateBy })
  if (version % 2 === 1)
    return begun
      .step('reserve', undoable('north', 'reserve'))
      .step('charge', undoable('south', 'charge'))
      .approvalWhereDue('release', asked('north', 'release'))
      .pivot('book', done('north', 'book'))
      .retriable('ship', done('south', 'ship'))
      .retriable('tell', done('north', 'tell'))
      .onRolledBack(closed)
  return begun
    .step('charge', undoable('north', 'charge'))
    .step('insure', undoable('south', 'insure'))
    .step('reserve', undoable('south', 'reserve'))
    .approvalWhereDue('release', asked('south', 'release'))
    .pivot('book', done('south', 'book'))
    .retriable('ship', done('north', 'ship'))
    .onRolledBack(closed)
}

/** Begins on the same event, about the same subject: the one waits until the other has ended. */
export function inspection(): Saga {
  const { done, undoable, closed } = sending('inspection', 1)
  return saga({ ...common, name: 'inspection', version: 1, correlateBy })
    .step('look', undoable('south', 'look'))
    .pivot('seal', done('north', 'seal'))
    .onRolledBack(closed)
}

function documentOf(mutation: string, input: string, payload: string, compensates: boolean): string {
  const [variable, argument] = compensates ? [', $forwardKey: ID!', ', forwardKey: $forwardKey'] : ['', '']
  return `mutation ${mutation}($idempotencyKey: ID!, $input: ${input}!${variable}) {
    ${mutation}(idempotencyKey: $idempotencyKey, input: $input${argument}) {
      __typename ... on ${payload} ... on Refusal { code message } } }`
}

const documents = {
  act: documentOf('act', 'ActInput', 'EffectPayload { effectId }', false),
  undo: documentOf('undo', 'StepInput', 'EffectPayload { effectId }', true),
  close: documentOf('close', 'StepInput', 'EffectPayload { effectId }', false),
  requestDecision: documentOf('requestDecision', 'RequestDecisionInput', 'RequestDecisionPayload { requestId }', false),
  withdrawDecision: documentOf('withdrawDecision', 'StepInput', 'EffectPayload { effectId }', true),
}

/** The mutations of both branches, as the worker sends them. */
export const branchCommands = {
  scopes: ['faults:act'],
  documents: Object.fromEntries(
    Object.entries(documents).flatMap(([mutation, text]) =>
      ['north', 'south'].map((branch) => [`${branch}.${mutation}`, text]),
    ),
  ),
}
