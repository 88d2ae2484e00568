import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { LineWriter, readLines } from '../../../src/database/confined/lines.js'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('lines are read as they were written, however they are split into chunks', async () => {
  const values = fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(values, fc.array(fc.integer({ min: 1, max: 30 })), async (texts, cuts) => {
      const written = new PassThrough()
      const lines = new LineWriter(written)
      for (const text of texts) lines.write(JSON.stringify(text))
      await settled()
      const bytes = (written.read() as Buffer | null) ?? Buffer.alloc(0)
      const arriving = new PassThrough()
      const read: unknown[] = []
      readLines(arriving, (line) => read.push(JSON.parse(line)))
      let at = 0
      for (const length of [...cuts, bytes.length]) {
        arriving.write(bytes.subarray(at, at + length))
        at += length
      }
      await settled()
      expect(read).toEqual(texts)
    }),
  )
})

test('a line that is too long is reported once, and reading stops', async () => {
  const arriving = new PassThrough()
  const read: string[] = []
  let exceeded = 0
  readLines(
    arriving,
    (line) => read.push(line),
    10,
    () => {
      exceeded += 1
    },
  )
  arriving.write('short\n')
  arriving.write('much longer than that')
  arriving.write(' and more\nshort\n')
  await settled()
  expect(read).toEqual(['short'])
  expect(exceeded).toBe(1)
})

test('lines of one turn leave in one write, and those that wait leave before the end', async () => {
  const written = new PassThrough()
  const write = vi.spyOn(written, 'write')
  const lines = new LineWriter(written)
  lines.write('a')
  await Promise.resolve()
  lines.write('b')
  expect(write).not.toHaveBeenCalled()
  await settled()
  expect(write.mock.calls.map(([text]) => text)).toEqual(['a\nb\n'])
  lines.write('begun')
  lines.flush()
  expect(write).toHaveBeenLastCalledWith('begun\n')
  lines.write('c')
  lines.end()
  expect(written.writableEnded).toBe(true)
  await settled()
  expect(String(written.read())).toBe('a\nb\nbegun\nc\n')
})
