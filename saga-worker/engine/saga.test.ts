import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Command, type External, external } from './command.ts'
import { type Approval, type Reason, saga } from './saga.ts'

type Started = { readonly id: string }

const go = (mutation: string): Command<{ receipt: string }> => ({ subgraph: 'probe', mutation, input: {} })
const call = (operation: string): External<{ receipt: string }> => external('bank', operation, {})
const ask = (): Command<{ requestId: string }> => ({ subgraph: 'probe', mutation: 'ask', input: {} })

const probe = () =>
  saga({
    name: 'probe',
    version: 1,
    owner: 'nobody',
    startOn: { type: 'probe.Started', parse: (payload): Started => payload as Started },
    correlateBy: ({ id }) => id,
    deadlineDays: 1,
  })

// What a definition may not say is shown by what its types do not offer: the compiler reads this file in
// `pnpm check`, and an expectation that does not hold does not compile.
describe('what a definition can say', () => {
  it('a step reads the event and the answers of the steps before it, not its own and no later one', () => {
    probe()
      .step('first', {
        command: (context) => {
          expectTypeOf(context).toEqualTypeOf<Readonly<{ start: Started }>>()
          return go('first')
        },
        compensate: (context) => {
          expectTypeOf(context).not.toHaveProperty('first')
          return go('undo')
        },
      })
      .step('second', {
        command: (context) => {
          expectTypeOf(context.first).toEqualTypeOf<{ receipt: string }>()
          expectTypeOf(context).not.toHaveProperty('second')
          expectTypeOf(context).not.toHaveProperty('third')
          return go('second')
        },
        compensate: (context) => {
          expectTypeOf(context.first.receipt).toBeString()
          expectTypeOf(context).not.toHaveProperty('second')
          return go('undo')
        },
      })
      .pivot('third', { command: () => go('third') })
  })

  it('an approval that is not always due gives its proof, or nothing', () => {
    probe()
      .check('amount', { command: () => go('weigh') })
      .approvalWhereDue('consent', {
        due: (context) => {
          expectTypeOf(context.amount.receipt).toBeString()
          return context.amount.receipt === 'much'
        },
        request: ask,
        withdraw: () => go('withdraw'),
      })
      .pivot('act', {
        command: ({ consent }) => {
          expectTypeOf(consent).toEqualTypeOf<Approval | undefined>()
          return go('act')
        },
      })
  })

  it('an approval gives its request and its proof to the steps behind it', () => {
    probe()
      .approval('consent', { request: ask, withdraw: () => go('withdraw') })
      .pivot('act', {
        command: ({ consent }) => {
          expectTypeOf(consent).toEqualTypeOf<Approval>()
          return go('act')
        },
      })
  })

  it('a request for an approval must answer with its id', () => {
    type Request = Parameters<ReturnType<typeof probe>['approval']>[1]['request']
    expectTypeOf<Command<{ receipt: string }>>().not.toExtend<ReturnType<Request>>()
    expectTypeOf<ReturnType<typeof ask>>().toExtend<ReturnType<Request>>()
  })

  it('nothing behind the pivot has a way back, and there is one pivot', () => {
    const behind = probe().pivot('act', { command: () => go('act') })
    expectTypeOf(behind).not.toHaveProperty('step')
    expectTypeOf(behind).not.toHaveProperty('approval')
    expectTypeOf(behind).not.toHaveProperty('pivot')
    expectTypeOf<Parameters<typeof behind.retriable>[1]>().not.toHaveProperty('compensate')
    expectTypeOf(probe()).not.toHaveProperty('retriable')
  })

  it('what goes outside is sent by the steps made for it, and these send nothing else', () => {
    const behind = probe().pivot('act', { command: () => go('act') })
    type Begun = ReturnType<typeof probe>
    type Sent<Of extends (...args: never) => unknown> = Parameters<Of>[1] extends {
      command: (context: never) => infer Sent
    }
      ? Sent
      : never
    expectTypeOf<External<object>>().not.toExtend<Command<unknown>>()
    expectTypeOf<Command<object>>().not.toExtend<External<unknown>>()
    expectTypeOf<Sent<Begun['step']>>().toEqualTypeOf<Command<unknown>>()
    expectTypeOf<Sent<Begun['check']>>().toEqualTypeOf<Command<unknown>>()
    expectTypeOf<Sent<Begun['pivot']>>().toEqualTypeOf<Command<unknown>>()
    expectTypeOf<Sent<(typeof behind)['retriable']>>().toEqualTypeOf<Command<unknown>>()
    expectTypeOf<Sent<Begun['external']>>().toEqualTypeOf<External<unknown>>()
    expectTypeOf<Sent<Begun['externalPivot']>>().toEqualTypeOf<External<unknown>>()
    expectTypeOf<Sent<(typeof behind)['external']>>().toEqualTypeOf<External<unknown>>()
  })

  it('a call outside is undone outside or with us, or says that there is nothing to undo', () => {
    type Step = Parameters<ReturnType<typeof probe>['external']>[1]
    type Undoing = ReturnType<NonNullable<Step['compensate']>>
    expectTypeOf<External<object>>().toExtend<Undoing>()
    expectTypeOf<Command<object>>().toExtend<Undoing>()
    expectTypeOf<null>().toExtend<Step['compensate']>()
    expectTypeOf<{ command: () => External<object> }>().not.toExtend<Step>()
    // An ordinary step is undone with us.
    type UndoingWithUs = ReturnType<Parameters<ReturnType<typeof probe>['step']>[1]['compensate']>
    expectTypeOf<UndoingWithUs>().toEqualTypeOf<Command<unknown>>()
  })

  it('a call outside gives its answer to the steps behind it, and may be the pivot', () => {
    const behind = probe()
      .external('reserve', { command: () => call('reserve'), compensate: () => call('release') })
      .externalPivot('pay', {
        command: (context) => {
          expectTypeOf(context.reserve).toEqualTypeOf<{ receipt: string }>()
          expectTypeOf(context).not.toHaveProperty('pay')
          return call('pay')
        },
      })
      .external('tell', {
        command: ({ pay }) => {
          expectTypeOf(pay).toEqualTypeOf<{ receipt: string }>()
          return call('tell')
        },
      })
    expectTypeOf(behind).not.toHaveProperty('step')
    expectTypeOf(behind).not.toHaveProperty('externalPivot')
    expectTypeOf<Parameters<typeof behind.external>[1]>().not.toHaveProperty('compensate')
    expect(behind.steps.map(({ kind }) => kind)).toEqual(['external', 'externalPivot', 'external'])
  })

  it('a name is given once', () => {
    const first = probe().step('first', { command: () => go('first'), compensate: () => go('undo') })
    type Named<Name extends string> = Parameters<typeof first.step<Name, Command<unknown>>>[0]
    expectTypeOf<Named<'first'>>().toBeNever()
    expectTypeOf<Named<'start'>>().toBeNever()
    expectTypeOf<Named<'second'>>().toEqualTypeOf<'second'>()
  })

  it('the last command of a rolled back saga knows why, and ends the definition', () => {
    const done = probe().onRolledBack(({ reason, start }) => {
      expectTypeOf(reason).toEqualTypeOf<Reason>()
      expectTypeOf(start).toEqualTypeOf<Started>()
      return go('last')
    })
    expectTypeOf(done).not.toHaveProperty('step')
  })
})

describe('a definition', () => {
  it('is a value: each call gives a new one', () => {
    const before = probe()
    const behind = before.pivot('act', { command: () => go('act') })
    expect(before.steps).toEqual([])
    expect(behind.steps).toMatchObject([{ name: 'act', kind: 'pivot', compensate: null }])
  })

  it('is refused with a name that cannot stand in a key, or a deadline beyond all measure', () => {
    const startOn = { type: 'probe.Started', parse: (payload: unknown) => payload as Started }
    const given = { name: 'probe', version: 1, owner: 'nobody', startOn, correlateBy: () => '', deadlineDays: 1 }
    expect(() => saga({ ...given, name: 'no spaces' })).toThrow("'no spaces' cannot name a saga")
    expect(() => saga({ ...given, version: 0 })).toThrow('a version is a whole number from 1')
    expect(() => saga({ ...given, deadlineDays: 0 })).toThrow('deadlineDays is from 1 to 3,650')
    expect(() => probe().pivot('a:b', { command: () => go('x') })).toThrow("'a:b' cannot name a step")
  })
})
