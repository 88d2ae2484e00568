import { PassThrough, Writable } from 'node:stream'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { JoinedOutput } from '../../../src/mcp/stdio/joined-output.js'

const turn = () => new Promise((done) => setImmediate(done))

/** A stream that keeps each write, and confirms it when told to. */
function slowStream() {
  const writes: string[] = []
  const confirm: (() => void)[] = []
  const out = new Writable({
    decodeStrings: false,
    highWaterMark: 16,
    write(text, _encoding, done) {
      writes.push(String(text))
      confirm.push(done)
    },
  })
  return { out, writes, confirm: () => confirm.shift()?.() }
}

describe('what is written', () => {
  test('in one turn leaves in one write, in its order, and what is written later in another', async () => {
    const out = new PassThrough()
    const write = vi.spyOn(out, 'write')
    const output = new JoinedOutput(out)
    for (const text of ['a\n', 'b\n', 'c\n']) output.write(text)
    await Promise.resolve()
    output.write('d\n')
    expect(write).not.toHaveBeenCalled()
    await turn()
    output.write('e\n')
    await turn()
    expect(write.mock.calls.map(([text]) => text)).toEqual(['a\nb\nc\nd\n', 'e\n'])
  })

  test('leaves also while a test holds the clock', async () => {
    const realTurn = setImmediate
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const out = new PassThrough()
    new JoinedOutput(out).write('a')
    await new Promise((done) => realTurn(done))
    expect(out.read()?.toString()).toBe('a')
  })

  test('waits while the other stream is full, and the writer is told to wait, too', async () => {
    const { out, writes, confirm } = slowStream()
    const output = new JoinedOutput(out)
    output.write('more than sixteen characters')
    await turn()
    expect(output.write('a')).toBe(true)
    expect(output.write('b'.repeat(1024 * 1024))).toBe(false)
    const drained = vi.fn()
    output.once('drain', drained)
    await turn()
    expect(writes).toEqual(['more than sixteen characters'])
    expect(drained).not.toHaveBeenCalled()
    confirm()
    await turn()
    expect(writes).toEqual(['more than sixteen characters', `a${'b'.repeat(1024 * 1024)}`])
    confirm()
    await turn()
    expect(drained).toHaveBeenCalledOnce()
  })

  test('and flushed leaves at once, each time', () => {
    const out = new PassThrough()
    const write = vi.spyOn(out, 'write')
    const output = new JoinedOutput(out)
    for (const text of ['a', 'b']) {
      output.write(text)
      output.flush()
    }
    expect(write.mock.calls.map(([text]) => text)).toEqual(['a', 'b'])
  })

  test('is handed over before the end, which leaves the other stream open', async () => {
    const { out, writes, confirm } = slowStream()
    const output = new JoinedOutput(out)
    output.write('more than sixteen characters')
    await turn()
    output.write('last')
    const finished = vi.fn()
    const end = output.finish().then(finished)
    await turn()
    expect(finished).not.toHaveBeenCalled()
    confirm()
    await end
    expect(writes).toEqual(['more than sixteen characters', 'last'])
    expect(out.writable).toBe(true)
    await output.finish()
  })
})

test.each<[string, (out: Writable) => void]>([
  ['breaks', (out) => void out.destroy(new Error('EPIPE'))],
  ['is closed', (out) => void out.destroy()],
])('a stream that %s ends it, and the end waits for nothing', async (what, end) => {
  const { out } = slowStream()
  const output = new JoinedOutput(out)
  const failed = vi.fn()
  output.on('error', failed)
  output.write('what is never taken')
  await turn()
  end(out)
  await output.finish()
  expect(output.destroyed).toBe(true)
  expect(failed).toHaveBeenCalledTimes(what === 'breaks' ? 1 : 0)
})
