import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Fault } from '../errors/index.ts'
import { circuitBreaker, retryBudget, retrying, timeLimit } from './index.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const failing = (error = new Error('down')) => Promise.reject(error)

describe('a time limit', () => {
  it('ends a call that hangs, tells it so, and names the callee', async () => {
    let told: AbortSignal | undefined
    const ended = timeLimit(
      'the tax office',
      1_000,
    )((signal) => {
      told = signal
      return new Promise(() => {})
    })
    const failed = expect(ended).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: 'the tax office did not answer within 1000 ms',
    })
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
    expect(told?.aborted).toBe(true)
  })

  it('leaves a call that answers in time, or fails by itself, as it is', async () => {
    const limited = timeLimit('it', 1_000)
    expect(await limited(async () => 7)).toBe(7)
    await expect(limited(() => failing())).rejects.toThrow('down')
  })
})

describe('retrying', () => {
  it('calls four times in all, after 200, 400 and 800 ms at most and half of that at least', async () => {
    const times: number[] = []
    const start = Date.now()
    const ended = retrying({ when: () => true })(() => {
      times.push(Date.now() - start)
      return failing()
    })
    const failed = expect(ended).rejects.toThrow('down')
    await vi.runAllTimersAsync()
    await failed
    const delays = times.map((time, at) => time - (times[at - 1] ?? 0))
    expect(delays).toHaveLength(4)
    for (const [at, most] of [0, 200, 400, 800].entries()) {
      expect(delays[at]).toBeGreaterThanOrEqual(most / 2)
      expect(delays[at]).toBeLessThanOrEqual(most)
    }
  })

  it('answers as soon as a call succeeds', async () => {
    let calls = 0
    const ended = retrying({ when: () => true })(() => (++calls < 3 ? failing() : Promise.resolve('at last')))
    await vi.runAllTimersAsync()
    expect([await ended, calls]).toEqual(['at last', 3])
  })

  it('does not repeat what does not pass by itself', async () => {
    let calls = 0
    const when = (error: unknown) => !(error instanceof TypeError)
    await expect(
      retrying({ when })(() => {
        calls += 1
        return failing(new TypeError('wrong'))
      }),
    ).rejects.toThrow('wrong')
    expect(calls).toBe(1)
  })

  it('stays within its budget: a callee in trouble gets its load and a tenth, not four times its load', async () => {
    const budget = retryBudget({ ratio: 0.1, most: 10 })
    const retry = retrying({ when: () => true, budget, firstDelayMs: 1 })
    let calls = 0
    const errors: unknown[] = []
    for (let request = 0; request < 200; request++) {
      const ended = retry(() => {
        calls += 1
        return failing()
      }).catch((error: unknown) => errors.push(error))
      await vi.runAllTimersAsync()
      await ended
    }
    expect(calls).toBeGreaterThan(200)
    expect(calls).toBeLessThanOrEqual(200 + 10 + 200 * 0.1)
    expect(errors.every((error) => error instanceof Error && error.message === 'down')).toBe(true)
  })
})

describe('a circuit breaker', () => {
  const opened = async (options: { countsAsFailure?: (error: unknown) => boolean } = {}) => {
    const states: string[] = []
    const breaker = circuitBreaker({ name: 'the bank', changed: (state) => states.push(state), ...options })
    for (let failures = 0; failures < 5; failures++) await breaker.run(() => failing()).catch(() => {})
    return { breaker, states }
  }

  it('opens after five failures in a row, not after four', async () => {
    const breaker = circuitBreaker({ name: 'the bank' })
    for (let failures = 0; failures < 4; failures++) await breaker.run(() => failing()).catch(() => {})
    await breaker.run(async () => 'well')
    for (let failures = 0; failures < 4; failures++) await breaker.run(() => failing()).catch(() => {})
    expect(breaker.state()).toBe('closed')
    await breaker.run(() => failing()).catch(() => {})
    expect(breaker.state()).toBe('open')
  })

  it('while open answers at once and calls nobody', async () => {
    const { breaker } = await opened()
    const call = vi.fn(async () => 'well')
    const refused = await breaker.run(call).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Fault)
    expect(refused).toMatchObject({ code: 'CIRCUIT_OPEN', message: expect.stringContaining('the bank') })
    expect(call).not.toHaveBeenCalled()
  })

  it('tries again after 30 s, and closes after two successes', async () => {
    const { breaker, states } = await opened()
    await vi.advanceTimersByTimeAsync(29_999)
    await expect(breaker.run(async () => 'well')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    await vi.advanceTimersByTimeAsync(1)
    expect(await breaker.run(async () => 'well')).toBe('well')
    expect(breaker.state()).toBe('half-open')
    await breaker.run(async () => 'well')
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('opens for another 30 s when the trial fails', async () => {
    const { breaker } = await opened()
    await vi.advanceTimersByTimeAsync(30_000)
    await breaker.run(async () => 'well')
    await expect(breaker.run(() => failing())).rejects.toThrow('down')
    expect(breaker.state()).toBe('open')
    await vi.advanceTimersByTimeAsync(29_999)
    await expect(breaker.run(async () => 'well')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
  })

  it('counts neither errors nor answers that say nothing about the callee', async () => {
    const { breaker } = await opened({ countsAsFailure: (error) => !(error instanceof Error) })
    expect(breaker.state()).toBe('closed')
    const strict = circuitBreaker({ name: 'it', answerIsFailure: (answer) => answer === 503 })
    for (let failures = 0; failures < 5; failures++) expect(await strict.run(async () => 503)).toBe(503)
    expect(strict.state()).toBe('open')
  })
})
