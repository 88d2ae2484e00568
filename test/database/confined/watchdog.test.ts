import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Watchdog } from '../../../src/database/confined/watchdog.js'

const LOOK = 1_000

/** A process as the watchdog sees it. */
class FakeProcess {
  calls: { ended: boolean }[] = []
  speaks = false
  cpu: number | undefined = 0
  /** Milliseconds it runs in a look. */
  runs = 0
  readonly ask = vi.fn()
  readonly stuck = vi.fn()

  heard(): boolean {
    this.cpu = this.cpu === undefined ? undefined : this.cpu + this.runs
    return this.speaks
  }

  cpuTime(): number | undefined {
    return this.cpu
  }
}

let process: FakeProcess
let unwatch: () => void
const look = (times: number) => vi.advanceTimersByTime(LOOK * times)

beforeEach(() => {
  vi.useFakeTimers()
  process = new FakeProcess()
  unwatch = new Watchdog(LOOK).watch(process)
})
afterEach(() => {
  unwatch()
  vi.useRealTimers()
})

describe('a process that says nothing', () => {
  test('while a call runs is asked after a look, and ended after four more if it was busy', () => {
    process.calls = [{ ended: false }]
    process.runs = 900
    look(1)
    expect(process.ask).toHaveBeenCalledTimes(1)
    look(3)
    expect(process.stuck).not.toHaveBeenCalled()
    look(1)
    expect(process.stuck).toHaveBeenCalledTimes(1)
  })

  test('and hardly ran is spared: the machine is busy', () => {
    process.calls = [{ ended: false }]
    process.runs = 10
    look(38)
    expect(process.stuck).not.toHaveBeenCalled()
    process.runs = 900
    look(1)
    expect(process.stuck).not.toHaveBeenCalled()
    look(1)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('and does not run at all is ended in the end', () => {
    process.calls = [{ ended: false }]
    look(42)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('where the system does not tell what ran is ended by the looks alone', () => {
    process.calls = [{ ended: false }]
    process.cpu = undefined
    look(5)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('while no call runs is asked every now and then', () => {
    process.runs = 1_000
    look(14)
    expect(process.ask).not.toHaveBeenCalled()
    look(1)
    expect(process.ask).toHaveBeenCalledTimes(1)
    look(4)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('and answers the question is left alone', () => {
    process.calls = [{ ended: false }]
    process.runs = 900
    look(3)
    process.speaks = true
    look(1)
    process.speaks = false
    look(4)
    expect(process.stuck).not.toHaveBeenCalled()
  })
})

test('a process that answers but keeps a call it was told to end is ended', () => {
  process.speaks = true
  process.calls = [{ ended: true }, { ended: false }]
  look(3)
  expect(process.stuck).not.toHaveBeenCalled()
  look(1)
  expect(process.stuck).toHaveBeenCalled()
})

test('a process that talks, whatever it runs, is left alone', () => {
  process.speaks = true
  process.runs = 1_000
  process.calls = [{ ended: false }]
  look(1_000)
  expect(process.stuck).not.toHaveBeenCalled()
})
