import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startDeadline } from '../../src/base/deadline.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a deadline', () => {
  test('aborts when its time is over, and says that it was the time', async () => {
    const deadline = startDeadline(1000)
    await vi.advanceTimersByTimeAsync(999)
    expect(deadline.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(deadline.signal.aborted).toBe(true)
    expect(deadline.signal.reason).toMatchObject({ name: 'TimeoutError' })
    expect(deadline.expired()).toBe(true)
  })

  test('aborts with the outer signal, for its reason, and has not expired then', async () => {
    const outer = new AbortController()
    const deadline = startDeadline(1000, outer.signal)
    outer.abort(new Error('gone'))
    expect(deadline.signal.reason).toEqual(new Error('gone'))
    await vi.advanceTimersByTimeAsync(5000)
    expect(deadline.expired()).toBe(false)
    deadline.end()
  })

  test('is over at once when the outer signal has aborted before', () => {
    const deadline = startDeadline(1000, AbortSignal.abort('before'))
    expect(deadline.signal.reason).toBe('before')
    deadline.end()
  })

  test('leaves no timer and no listener when it is ended', async () => {
    const outer = new AbortController()
    const deadline = startDeadline(1000, outer.signal)
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1)
    deadline.end()
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(0)
    expect(vi.getTimerCount()).toBe(0)
    outer.abort()
    expect(deadline.signal.aborted).toBe(false)
  })
})

describe('a pause', () => {
  test('lasts as long as it is told to, and leaves no listener', async () => {
    const deadline = startDeadline(1000)
    let over = false
    const pause = deadline.pause(250).then(() => {
      over = true
    })
    await vi.advanceTimersByTimeAsync(249)
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await pause
    expect(getEventListeners(deadline.signal, 'abort')).toHaveLength(0)
    deadline.end()
  })

  test('ends with the deadline, and with the outer signal, and leaves no timer', async () => {
    const outer = new AbortController()
    const [by, under] = [startDeadline(100), startDeadline(100_000, outer.signal)]
    const pauses = [by.pause(10_000), by.passed(), under.pause(10_000), under.passed()]
    await vi.advanceTimersByTimeAsync(100)
    outer.abort()
    await Promise.all(pauses)
    await Promise.all([by.pause(10_000), by.passed()])
    for (const deadline of [by, under]) deadline.end()
    expect(vi.getTimerCount()).toBe(0)
  })
})
