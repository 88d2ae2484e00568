import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import type { Block, Run } from '../../src/documents/markdown/blocks.js'
import { MarkdownWriter } from '../../src/documents/markdown/writer.js'
import { toMarkdown } from '../../src/documents/port.js'
import { Unreadable } from '../../src/documents/protocol.js'
import { readDocument } from '../../src/documents/read.js'
import { archive, line, paragraph, pdf, shape, slides, wordParts } from './files.js'

const samples: readonly ['pdf' | 'office', Uint8Array][] = [
  ['pdf', pdf([line('some text', 72, 700), deflateSync(line('more', 72, 700))])],
  ['office', archive(wordParts(paragraph('text')))],
  ['office', slides([{ shapes: shape('text', 'title'), notes: 'notes' }])],
]
/** Files with bytes changed, cut off, or put in. */
const damaged = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 3 }), fc.nat(3)), { minLength: 1, maxLength: 6 }),
  )
  .map(([[format, bytes], changes]) => {
    let changed = Buffer.from(bytes)
    for (const [at, put, without] of changes) {
      const place = at % (changed.length + 1)
      changed = Buffer.concat([changed.subarray(0, place), put, changed.subarray(place + without)])
    }
    return [format, changed] as const
  })

// Promises that a library forgot are no outcome, as in the process that reads documents.
const forgotten = process.listeners('unhandledRejection')
const forget = (): void => undefined
beforeAll(() => {
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', forget)
})
afterAll(() => {
  process.off('unhandledRejection', forget)
  for (const listener of forgotten) process.on('unhandledRejection', listener)
})

const outcome = (reading: Promise<unknown>): Promise<unknown> => reading.catch((error: unknown) => error)

describe('whatever is read', () => {
  test('fails as a document that cannot be read, or says something', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async ([format, bytes]) => {
        const found = await outcome(readDocument(format, bytes))
        if (found instanceof Error) expect(found).toBeInstanceOf(Unreadable)
        else expect(found).toMatchObject({ markdown: expect.any(String), truncated: expect.any(Boolean) })
      }),
      { numRuns: 300 },
    )
  }, 120_000)

  test('the same for parts that are any XML', async () => {
    const names = [
      'w:p',
      'w:r',
      'w:t',
      'w:tbl',
      'w:tr',
      'w:tc',
      'w:sdt',
      'mc:AlternateContent',
      'mc:Choice',
      'w:drawing',
    ]
    const more = ['w:txbxContent', 'w:pPr', 'w:numPr', 'w:fldChar', 'w:hyperlink', 'w:tcPr', 'w:gridSpan', '__proto__']
    const { xml } = fc.letrec<{ xml: string }>((tie) => ({
      xml: fc.oneof(
        { maxDepth: 6 },
        fc.string().map((text) => text.replace(/[<&]/g, '')),
        fc
          .tuple(
            fc.constantFrom(...names, ...more),
            fc.constantFrom('1', '-1', '99999999999', 'begin', 'x'),
            fc.array(tie('xml'), { maxLength: 4 }),
          )
          .map(([name, value, inner]) => `<${name} w:val="${value}" r:id="${value}">${inner.join('')}</${name}>`),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(xml, async (body) => {
        expect(await readDocument('office', archive(wordParts(body)))).toMatchObject({ truncated: false })
      }),
      { numRuns: 300 },
    )
  }, 120_000)

  test('at the door it fails with an error for people, whatever it says it is', async () => {
    const types = fc.constantFrom(null, 'application/pdf', 'text/plain', 'application/octet-stream', 'image/png')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), types, fc.option(fc.string()), async (bytes, contentType, filename) => {
        const found = await outcome(toMarkdown({ bytes, contentType, filename }, new AbortController().signal))
        if (found instanceof Error) expect(found).toBeInstanceOf(ConnectorsError)
      }),
      { numRuns: 30 },
    )
  }, 120_000)
})

describe('Markdown', () => {
  const run: fc.Arbitrary<Run> = fc.record(
    {
      text: fc.oneof(
        fc.string(),
        fc.string({
          unit: fc.constantFrom('*', '_', '[', ']', '(', '<', '!', '|', '`', '\\', '\n', ' ', 'a', '#', '-'),
        }),
      ),
      bold: fc.boolean(),
      italic: fc.boolean(),
      link: fc.oneof(fc.webUrl(), fc.constantFrom('javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd')),
    },
    { requiredKeys: ['text'] },
  )
  const runs = fc.array(run, { maxLength: 4 })
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({ kind: fc.constant('paragraph' as const), runs }),
    fc.record({ kind: fc.constant('heading' as const), level: fc.integer(), runs }),
    fc.record({ kind: fc.constant('item' as const), depth: fc.nat(), runs }),
    fc.record({
      kind: fc.constant('table' as const),
      rows: fc.array(fc.array(runs, { maxLength: 3 }), { maxLength: 3 }),
    }),
  )

  test('has no HTML but line breaks in tables, no other links, and no more bytes than it may', () => {
    fc.assert(
      fc.property(fc.array(block), fc.integer({ min: 0, max: 400 }), (blocks, most) => {
        const writer = new MarkdownWriter(most)
        const all = blocks.every((each) => writer.add(each))
        expect(Buffer.byteLength(writer.text)).toBeLessThanOrEqual(most)
        if (!all) return
        const marks = writer.text.replace(/\\./g, '·').replaceAll('<br>', ' ')
        expect(marks).not.toMatch(/<[a-z!/?]/i)
        expect(marks).not.toMatch(/\]\((?!https?:|mailto:)/)
        expect(marks).not.toMatch(/!\[/)
      }),
      { numRuns: 1000 },
    )
  })
})
