import { expect, it } from 'vitest'
import { withinDeadline } from './deadline.ts'

const never = () => new Promise<string>(() => {})

it('an executor that hangs does not hang the request', async () => {
  await expect(withinDeadline(never(), AbortSignal.timeout(5), 5)).rejects.toMatchObject({
    status: 504,
    reason: 'DEADLINE_EXCEEDED',
  })
  await expect(withinDeadline(never(), AbortSignal.abort(), 5)).rejects.toMatchObject({ status: 504 })
})

it('one that answers with what it has when time is up is heard', async () => {
  expect(await withinDeadline(Promise.resolve('whole'), new AbortController().signal)).toBe('whole')
  const time = new AbortController()
  const part = new Promise<string>((resolve) => time.signal.addEventListener('abort', () => resolve('part')))
  const answer = withinDeadline(part, time.signal)
  time.abort()
  expect(await answer).toBe('part')
})
