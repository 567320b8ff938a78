import { describe, it } from 'vitest'
import type { Command } from './command.ts'
import { given } from './given.ts'
import { saga } from './saga.ts'

const send = <Answer>(mutation: string, input: object = {}): Command<Answer> => ({ subgraph: 'probe', mutation, input })
const request = send<{ requestId: string }>('request', { policy: 'probe', subjectType: 'Probe', subjectId: '1' })
const options = {
  ...{ name: 'probe', version: 1, owner: 'nobody', deadlineDays: 30 },
  startOn: { type: 'probe.Began', parse: (payload: unknown) => payload as object },
  correlateBy: () => '1',
}
const anew = { from: 'terms', refusal: 'CHANGED' } as const
const approval = { request: () => request, withdraw: () => send('withdraw'), anew }

describe('a saga that asks anew', () => {
  it('does so five times at most, also where the approval is not always due', () => {
    const sometimes = saga(options)
      .check('terms', { command: () => send<{ much: boolean }>('terms') })
      .approvalWhereDue('consent', { ...approval, due: ({ terms }) => terms.much })
      .pivot('act', { command: () => send('act') })
    let story = given(sometimes, {}).answers({ much: true }).answers({ requestId: 'r' }).approved()
    story = story.expects(send('act')).refuses('CHANGED').expects(send('withdraw')).answers({})
    for (let nth = 2; nth <= 5; nth++)
      story = story.expects(send('terms')).answers({ much: false }).expects(send('act')).refuses('CHANGED')
    story.expects(send('terms')).answers({ much: false }).expects(send('act')).refuses('CHANGED').is('COMPENSATED')
  })

  it('undoes a step that is done once more, however often its undoing was refused before', () => {
    let knows = true
    const rendered = saga(options)
      .check('terms', { command: () => send('terms') })
      .step('book', {
        command() {
          if (!knows) throw new Error('nobody knows')
          return send('book')
        },
        compensate: () => send('unbook'),
      })
      .approval('consent', approval)
      .pivot('act', { command: () => send('act') })
    const asked = given(rendered, {}).answers({}).answers({}).answers({ requestId: 'r' }).changed('other').answers({})
    const refused = asked.expects(send('unbook')).refuses('NO').ordered('REDRIVE').refuses('NO').ordered('REDRIVE')
    knows = false
    const stuck = refused.answers({}).expects(send('terms')).answers({}).is('STUCK')
    knows = true
    stuck.ordered('REDRIVE').expects(send('book')).ordered('CANCEL').endsRolledBack(send('unbook'))
  })
})
