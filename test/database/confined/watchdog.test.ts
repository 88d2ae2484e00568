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

describe('the watchdog of a silent process', () => {
  test('asks after one check while a call runs, and ends a busy process after four more', () => {
    process.calls = [{ ended: false }]
    process.runs = 900
    look(1)
    expect(process.ask).toHaveBeenCalledTimes(1)
    look(3)
    expect(process.stuck).not.toHaveBeenCalled()
    look(1)
    expect(process.stuck).toHaveBeenCalledTimes(1)
  })

  test('spares a process that hardly got any CPU time, since the machine is busy', () => {
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

  test('ends a process without any CPU time in the end', () => {
    process.calls = [{ ended: false }]
    look(42)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('counts checks alone if the system reports no CPU time', () => {
    process.calls = [{ ended: false }]
    process.cpu = undefined
    look(5)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('asks every fifteen checks while no call runs', () => {
    process.runs = 1_000
    look(14)
    expect(process.ask).not.toHaveBeenCalled()
    look(1)
    expect(process.ask).toHaveBeenCalledTimes(1)
    look(4)
    expect(process.stuck).toHaveBeenCalled()
  })

  test('leaves a process alone that answers the question', () => {
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

test('the watchdog ends a process that answers but does not stop a cancelled call', () => {
  process.speaks = true
  process.calls = [{ ended: true }, { ended: false }]
  look(3)
  expect(process.stuck).not.toHaveBeenCalled()
  look(1)
  expect(process.stuck).toHaveBeenCalled()
})

test('the watchdog leaves a process alone that sends messages, whatever it runs', () => {
  process.speaks = true
  process.runs = 1_000
  process.calls = [{ ended: false }]
  look(1_000)
  expect(process.stuck).not.toHaveBeenCalled()
})
