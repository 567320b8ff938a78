import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ledger, ledger, request, writing } from '../testing/ledger.ts'
import { liveEvents } from './live.ts'

let book: Ledger
const stopping = new AbortController()
beforeAll(async () => {
  book = await ledger()
})
afterAll(async () => {
  stopping.abort()
  await book.close()
})

const write = (text: string) => {
  const event = { type: 'test.Written', aggregateId: 'a', payload: { text } }
  return book.run(
    writing(async () => [event]),
    request(text, text),
  )
}
const listen = (ended: AbortController) =>
  liveEvents(book.database, stopping.signal)(request('', '').identity, ended.signal).events(['test.Written'], '0:0')

test('come as they are committed', async () => {
  const ended = new AbortController()
  const events = listen(ended)
  await write('one')
  expect((await events.next()).value).toMatchObject({ payload: { text: 'one' } })
  const next = events.next()
  await write('two')
  expect((await next).value).toMatchObject({ payload: { text: 'two' } })
  ended.abort()
})

test('end for a listener who has gone while waiting, and for nobody else', async () => {
  const [gone, staying] = [new AbortController(), new AbortController()]
  const [one, other] = [listen(gone), listen(staying)]
  const seen = (await write('seen').then(() => one.next())).value
  expect(seen).toBeDefined()
  while ((await one.next()).value?.payload.text !== 'seen');
  const waiting = one.next()
  gone.abort()
  expect(await waiting).toEqual({ value: undefined, done: true })
  expect((await other.next()).done).toBe(false)
  staying.abort()
})
