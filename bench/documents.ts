// node --import tsx bench/documents.ts: what reading a long document takes, by the built worker in a process of its own. Prints
// time and peak memory of each, the first of three runs and the best.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { item, line, paragraph, pdf, shape, shapeOf, slides, styled, word } from '../test/documents/files.js'

const WORDS = 'The quick brown fox jumps over the lazy dog, and the dog does not mind it in the least.'
const times = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => make(at)).join('')

const page = (at: number): string =>
  line(`Chapter ${at}`, 72, 740, 18) + times(44, (row) => line(`${row} ${WORDS}`, 72, 710 - row * 14, 10))
const wordPage = (at: number): string =>
  styled(`Chapter ${at}`, 'berschrift1') +
  times(10, () => paragraph(`${WORDS} ${WORDS} ${WORDS}`)) +
  times(8, () => item(WORDS, 1))
const slide = (at: number) => ({
  shapes:
    shape(`Slide ${at}`, 'title') +
    shapeOf(
      times(12, () => `<a:p><a:r><a:t>${WORDS}</a:t></a:r></a:p>`),
      'body',
    ),
  notes: WORDS,
})

const DOCUMENTS: [string, string, Uint8Array][] = [
  ['PDF, 1 page', 'pdf', pdf([line('x', 72, 72)])],
  ['PDF, 100 pages', 'pdf', pdf(Array.from({ length: 100 }, (_, at) => page(at)))],
  ['PDF, 500 pages', 'pdf', pdf(Array.from({ length: 500 }, (_, at) => page(at)))],
  ['DOCX, 1 page', 'office', word(paragraph('x'))],
  ['DOCX, 100 pages', 'office', word(times(100, wordPage))],
  ['PPTX, 50 slides', 'office', slides(Array.from({ length: 50 }, (_, at) => slide(at)))],
]

/** Milliseconds, megabytes, and characters of the answer. */
function read(format: string, bytes: Uint8Array): Promise<{ ms: number; mb: number; answer: number }> {
  const started = performance.now()
  const worker = resolve(import.meta.dirname, '../dist/document-worker.js')
  const child = spawn(process.execPath, ['--max-old-space-size=384', worker, format], {
    env: {},
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  })
  let mb = 0
  let answer = 0
  const look = setInterval(() => {
    try {
      const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      mb = Number(peak ?? 0) / 1024 || mb
    } catch {
      // It has ended.
    }
  }, 5)
  child.stdin?.end(bytes)
  child.stdio[3]?.on('data', (piece: Buffer) => {
    answer += piece.length
  })
  return new Promise((done) => {
    child.once('close', () => {
      clearInterval(look)
      done({ ms: performance.now() - started, mb, answer })
    })
  })
}

for (const [name, format, bytes] of DOCUMENTS) {
  const runs = []
  for (let at = 0; at < 3; at += 1) runs.push(await read(format, bytes))
  const [first] = runs
  const best = Math.min(...runs.map(({ ms }) => ms))
  process.stdout.write(
    `${name.padEnd(16)} ${(bytes.length / 1024).toFixed(0)} KiB: first ${first?.ms.toFixed(0)} ms, best ${best.toFixed(0)} ms, ${first?.mb.toFixed(0)} MB, ${first?.answer} bytes of answer\n`,
  )
}
