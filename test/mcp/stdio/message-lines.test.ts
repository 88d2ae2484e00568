import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MESSAGE_BYTES } from '../../../src/mcp/limits.js'
import { type Line, MessageLines } from '../../../src/mcp/stdio/message-lines.js'
import { MessageOutline } from '../../../src/mcp/stdio/message-outline.js'
import { readLine } from '../../../src/mcp/stdio/read-line.js'
import { serve } from '../harness.js'
import { unusedClient } from '../tested-service.js'

const request = (members: string) => `{"jsonrpc":"2.0","method":"tools/call",${members}}\n`
const LONG = `"params":{"name":"x","arguments":{"id":99,"a":"${'x'.repeat(MESSAGE_BYTES)}"}}`
const list = (id: number | string) => request(`"id":${JSON.stringify(id)}`).replace('tools/call', 'ping')

test.each([
  ['behind the arguments', `${LONG},"id":7`, 7],
  ['in front of them', `"id":"seven",${LONG}`, 'seven'],
])(
  'a message that is too long gets an error with its id, %s, and the session continues',
  async (_place, members, id) => {
    const { stdin, server, lines } = serve(unusedClient)
    for (const part of request(members).match(/.{1,1000000}\n?/g) ?? []) stdin.write(part)
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'initialize', id: 8, params: INITIALIZE })}\n`)
    stdin.end()
    await server.closed
    const answers = lines.map((line) => JSON.parse(line))
    expect(answers).toEqual([
      { jsonrpc: '2.0', id, error: { code: -32600, message: 'A message can have at most 32 MiB; send less at once.' } },
      expect.objectContaining({ id: 8, result: expect.anything() }),
    ])
  },
)

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }

describe('lines of the input', () => {
  const take = (text: string, size = text.length): Line[] => {
    const [lines, bytes] = [new MessageLines(), Buffer.from(text)]
    const taken: Line[] = []
    for (let at = 0; at < bytes.length; at += size) taken.push(...lines.take(bytes.subarray(at, at + size)))
    return [...taken, lines.end()]
  }

  test('are read completely and in order, however they are split into chunks, the last one without an end too', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 40 }), (texts, size) => {
        const lines = texts.map((text) => JSON.stringify(text))
        expect(take(lines.join('\n'), size).map(String)).toEqual(lines.length === 0 ? [''] : lines)
      }),
    )
  })

  const read = (text: string) => take(text).map((line) => readLine(line))
  const refused = (id: number, sentence: string) => ({
    refusal: { idText: String(id), code: -32600, sentence: expect.stringMatching(sentence) },
  })
  const taken = expect.objectContaining({ value: expect.anything() })
  const ignored = { ignored: expect.any(String) }

  test.each([
    ['lists', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['objects that are not closed', '{"a":'.repeat(100_000)],
    ['many values', `[${'1,'.repeat(300_000)}1]`],
  ])("with too deep or too many %s are refused with the request's id", (_name, value) => {
    const lines = read(list(1) + request(`"id":2,"params":${value}`) + list(3))
    expect(lines).toEqual([taken, refused(2, 'at most \\d+'), taken, ignored])
  })

  test("with a number that loses digits when parsed are refused with the request's id", () => {
    const whole = request('"id":3,"params":{"id":9007199254740993}')
    const lines = read(list(1) + request('"id":2,"params":{"x":0.12345678901234567890}') + whole)
    expect(lines).toEqual([taken, refused(2, 'more digits than a JSON number'), taken, ignored])
  })

  test('with an answer or a notification that is too large are ignored', () => {
    const deep = '['.repeat(1000) + ']'.repeat(1000)
    const lines = read(`{"jsonrpc":"2.0","id":1,"result":${deep}}\n{"jsonrpc":"2.0","method":"x","params":${deep}}\n`)
    expect(lines).toEqual([ignored, ignored, ignored])
  })
})

test('the id of a request is found among any other members', () => {
  const name = fc.oneof(fc.constantFrom('a', 'params', 'x:y', '"id"', 'id,'), fc.string())
  const id = fc.oneof(fc.string({ maxLength: 20 }), fc.integer())
  const members = fc.array(fc.tuple(name, fc.json({ maxDepth: 3 })), { maxLength: 5 })
  fc.assert(
    fc.property(members, members, id, fc.integer({ min: 1, max: 9 }), (before, after, own, size) => {
      const others = (entries: [string, string][]) =>
        entries
          .filter(([key]) => key !== 'id' && key !== 'method')
          .map(([key, value]) => `${JSON.stringify(key)} : ${value}`)
      const all = [...others(before), ` "id": ${JSON.stringify(own)}`, '"method":"x"', ...others(after)]
      const bytes = Buffer.from(`{${all.join(',')} }`)
      const outline = new MessageOutline()
      for (let at = 0; at < bytes.length; at += size) outline.feed(bytes.subarray(at, at + size))
      expect([outline.kind, JSON.parse(outline.idText)]).toEqual(['request', own])
    }),
  )
})
