import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentHash, shapeOf } from './definition.ts'
import { given } from './given.ts'
import { acquire, type Lock, locksOf } from './lock.ts'
import { type SagaOptions, saga } from './saga.ts'

type Posted = { readonly accountId: string; readonly costCentre: string }

const book = { subgraph: 'probe', mutation: 'book', input: {} }
const isolated = (isolation?: SagaOptions<Posted>['isolation'], correlateBy = (start: Posted) => start.accountId) =>
  saga({
    ...{ name: 'posting', version: 1, owner: 'nobody', subject: 'Account', deadlineDays: 1, correlateBy },
    ...{ startOn: { type: 'probe.Posted', parse: (payload) => payload as Posted }, ...(isolation && { isolation }) },
  }).pivot('book', { command: () => book })

const start = { accountId: 'a', costCentre: '4711' }
const taken = (isolation: SagaOptions<Posted>['isolation'], correlateBy?: (start: Posted) => string) => {
  const [first] = isolated(isolation, correlateBy).steps
  if (!first) throw new Error('it takes no lock')
  return locksOf(first.command({ start } as never))
}
const costCentre = ({ start }: { start: Posted }) => [{ resource: `CostCentre:${start.costCentre}` }]

describe('the locks of a saga', () => {
  it('are on its subject, and on whatever else it says', () => {
    expect(taken('refuse')).toEqual({ locks: [{ resource: 'Account:a' }], whenBusy: 'refuse' })
    expect(taken({ whenBusy: 'wait', commutesAs: 'posting', also: costCentre })).toEqual({
      locks: [{ resource: 'Account:a', commutesAs: 'posting' }, { resource: 'CostCentre:4711' }],
      whenBusy: 'wait',
    })
  })

  it('are on the thing itself where it can have several processes', () => {
    expect(taken('wait', ({ accountId }) => `${accountId}:2`).locks).toEqual(taken('wait').locks)
  })

  it('come one by one, in an order on which all sagas agree', () => {
    const locks = fc.array(fc.record({ resource: fc.string(), commutesAs: fc.constantFrom('x', 'y', undefined) }))
    const orderOf = (named: readonly Lock[]) =>
      locksOf(acquire({ resource: 'Account:a' }, 'wait', named)).locks.map(({ resource }) => resource)
    fc.assert(
      fc.property(locks, locks, (some, others) => {
        const [one, other] = [orderOf(some), orderOf([...others, ...some])]
        expect(new Set(one).size).toBe(one.length)
        expect(other.filter((resource) => one.includes(resource))).toEqual(one)
      }),
    )
  })

  it('are held alone where one thing is named in two ways', () => {
    const twice = [
      { resource: 'CostCentre:1', commutesAs: 'posting' },
      { resource: 'CostCentre:1', commutesAs: 'planning' },
      { resource: 'CostCentre:1', commutesAs: 'posting' },
    ]
    const { locks } = locksOf(acquire({ resource: 'Account:a' }, 'wait', twice))
    expect(locks).toEqual([{ resource: 'Account:a' }, { resource: 'CostCentre:1' }])
  })

  it('are written in the shape of its definition', () => {
    const all = { whenBusy: 'wait', commutesAs: 'posting', also: costCentre } as const
    expect(shapeOf(isolated(all)).steps[0]).toMatchObject({
      kind: 'lock',
      command: {
        input: {
          ...{ resource: 'Account:$start.accountId', isolation: 'wait', commutesAs: 'posting' },
          also: [{ resource: 'CostCentre:$start.costCentre' }],
        },
      },
    })
    const hashes = [undefined, 'wait', 'refuse', { whenBusy: 'wait', commutesAs: 'posting' }, all] as const
    expect(new Set(hashes.map((one) => contentHash(isolated(one)).toString('hex'))).size).toBe(5)
  })

  it('are written as ever where there is no more to say, so that what was published keeps its hash', () => {
    for (const isolation of ['wait', { whenBusy: 'wait' }] as const)
      expect(JSON.stringify(shapeOf(isolated(isolation)).steps[0]?.command)).toBe(
        '{"subgraph":"engine","mutation":"acquireLock","input":{"resource":"Account:$start.accountId","isolation":"wait"}}',
      )
  })

  it('are got at once in a story that is told without others', () => {
    given(isolated({ whenBusy: 'wait', commutesAs: 'posting', also: costCentre }), start)
      .expects(book)
      .endsCompleted()
  })
})
