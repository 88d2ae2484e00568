import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { serve } from '../harness.js'
import { TestedService, unusedClient } from '../tested-service.js'

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
}
const initialize = (protocolVersion: string) => ({
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
})

/** How a connection of each revision begins, and what each of its requests says about itself. */
const REVISIONS = {
  '2026-07-28': { opening: { method: 'tools/list', params: { _meta: META } }, meta: { _meta: META } },
  '2025-11-25': { opening: initialize('2025-11-25'), meta: {} },
  '2025-03-26': { opening: initialize('2025-03-26'), meta: {} },
}
type Revision = keyof typeof REVISIONS

interface Answer {
  id?: unknown
  result?: Record<string, unknown>
  error?: { code: number; message: string }
}

/** A connection that is open already. Its lines are played to the end of the input. */
async function play(revision: Revision, text: string | Buffer): Promise<(Answer | Answer[])[]> {
  const service = await TestedService.start()
  return playWith(serve(service.client, { seed: service.seed }), revision, text)
}

async function playWith({ stdin, server, lines }: ReturnType<typeof serve>, revision: Revision, text: string | Buffer) {
  const { opening, meta } = REVISIONS[revision]
  stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 'opening', ...opening })}\n`)
  stdin.write(text)
  const last = { jsonrpc: '2.0', id: 'last', method: 'tools/list', params: meta }
  stdin.end(`\n${JSON.stringify(last)}`)
  await server.closed
  const answers = lines.map((line) => JSON.parse(line) as Answer)
  expect(answers.filter(({ id, result }) => (id === 'opening' || id === 'last') && result)).toHaveLength(2)
  return answers.filter(({ id }) => id !== 'opening' && id !== 'last')
}

const call = (id: unknown, args?: unknown, more: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'list_connectors', ...(args === undefined ? {} : { arguments: args }), ...more },
})
const result = (id: unknown) => ({ jsonrpc: '2.0', id, result: expect.not.objectContaining({ isError: true }) })
const error = (id: unknown, code: number, message = '') => ({
  jsonrpc: '2.0',
  id,
  error: { code, message: expect.stringContaining(message) },
})
const line = (message: unknown) => `${JSON.stringify(message)}\n`
const [INVALID, PARAMS, PARSE] = [-32600, -32602, -32700]

/** Requests of a client of 2025-11-25, with what they get. */
const CASES: [what: string, text: string | Buffer, ...answers: unknown[]][] = [
  ['params null', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}\n', result(1)],
  ['params an empty list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}\n', result(1)],
  ['params a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}\n', error(1, PARAMS, 'must be an object')],
  ['params a text', '{"jsonrpc":"2.0","id":"a","method":"tools/list","params":"x"}\n', error('a', PARAMS)],
  ['a tool call without params', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}\n', error(1, PARAMS)],
  ['_meta null', line(call(1, {}, { _meta: null })), result(1)],
  ['_meta a list', line(call(1, {}, { _meta: [] })), error(1, PARAMS, '_meta')],
  ['a progress token that is null', line(call(1, {}, { _meta: { progressToken: null } })), result(1)],
  [
    'a progress token that is none',
    line(call(1, {}, { _meta: { progressToken: {} } })),
    error(1, PARAMS, 'progressToken'),
  ],
  [
    'a task that is none',
    line(call(1, {}, { _meta: { 'io.modelcontextprotocol/related-task': 1 } })),
    error(1, PARAMS),
  ],
  ['arguments null', line(call(1, null)), result(1)],
  ['arguments an empty list', line(call(1, [])), result(1)],
  ['arguments as JSON text', line(call(1, ' { } ')), result(1)],
  ['arguments as another text', line(call(1, 'mail')), error(1, PARAMS, 'The arguments of a tool must be an object')],
  ['a rounded number in arguments as text', line(call(1, '{"a":0.12345678901234567890}')), error(1, PARAMS, 'digits')],
  ['members that JSON-RPC does not know', line({ ...call(1), sessionId: 'x', result: null, error: null }), result(1)],
  ['no jsonrpc', '{"id":1,"method":"ping"}\n', error(1, INVALID, 'jsonrpc')],
  ['another jsonrpc', '{"jsonrpc":"1.0","id":1,"method":"ping"}\n', error(1, INVALID, 'jsonrpc')],
  ['jsonrpc as a number', '{"jsonrpc":2.0,"id":1,"method":"ping"}\n', error(1, INVALID, 'jsonrpc')],
  ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":7}\n', error(1, INVALID, 'method')],
  ['a method that is null', '{"jsonrpc":"2.0","id":1,"method":null}\n', error(1, INVALID, 'method')],
  ['no method', '{"jsonrpc":"2.0","id":1}\n', error(1, INVALID, 'method')],
  ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"nope"}\n', error(1, -32601)],
  ['the name of an inherited member', '{"jsonrpc":"2.0","id":1,"method":"__proto__"}\n', error(1, -32601)],
  ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}\n', error(null, INVALID, 'id')],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}\n', error(null, INVALID, 'id')],
  ['an id that is true', '{"jsonrpc":"2.0","id":true,"method":"ping"}\n', error(null, INVALID, 'id')],
  ['an id with a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}\n', error(1.5, INVALID, 'id')],
  ['an id that is empty', '{"jsonrpc":"2.0","id":"","method":"ping"}\n', result('')],
  ['a long id', line({ jsonrpc: '2.0', id: 'x'.repeat(5000), method: 7 }), error('x'.repeat(5000), INVALID)],
  ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}\n', result(1)],
  ['a byte order mark alone', '\ufeff\n'],
  ['Windows line ends', '{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n\r\n', result(1)],
  ['blank lines', '\n  \n\t\n'],
  ['no JSON', 'GET / HTTP/1.1\n', error(null, PARSE, 'not JSON')],
  [
    'what Python writes for no number',
    '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":NaN}}\n',
    error(7, PARSE),
  ],
  ['a message cut short', '{"jsonrpc":"2.0","id":7,"method":"pi\n', error(7, PARSE)],
  [
    'two messages on a line',
    '{"jsonrpc":"2.0","id":7,"method":"a"}{"jsonrpc":"2.0","id":7,"method":"b"}\n',
    error(7, PARSE),
  ],
  [
    'bytes that are not UTF-8',
    Buffer.from('{"jsonrpc":"2.0","id":7,"method":"\xff"}\n', 'latin1'),
    error(7, PARSE, 'UTF-8'),
  ],
  ['a text', '"ping"\n', error(null, INVALID, 'object')],
  ['a number', '7\n', error(null, INVALID, 'object')],
  ['null', 'null\n', error(null, INVALID, 'object')],
  ['an empty object', '{}\n', error(null, INVALID)],
  ['a notification', '{"jsonrpc":"2.0","method":"notifications/initialized"}\n'],
  [
    'a notification with all members',
    '{"jsonrpc":"2.0","id":null,"method":"notifications/initialized","params":null}\n',
  ],
  ['a notification with params that are none', '{"jsonrpc":"2.0","method":"notifications/initialized","params":"x"}\n'],
  ['a notification without jsonrpc', '{"method":"notifications/initialized"}\n'],
  ['an answer', '{"jsonrpc":"2.0","id":1,"result":{}}\n{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":""}}\n'],
  ['an answer that is none', '{"jsonrpc":"2.0","id":1,"result":7}\n{"id":2,"error":"x"}\n'],
  ['an answer that is no JSON', '{"jsonrpc":"2.0","id":1,"result":NaN}\n'],
  ['an empty batch', '[]\n', error(null, INVALID, 'at least one')],
  [
    'a batch',
    line([call(1), call('a'), { ...call(0), id: undefined }]),
    error(1, INVALID, '2025-03-26'),
    error('a', INVALID),
  ],
]

test.each(CASES)('%s', async (_what, text, ...answers) => {
  expect(await play('2025-11-25', text)).toEqual(answers)
})

test('a wide id comes back with the digits it has', async () => {
  const { stdin, server, lines } = serve(unusedClient)
  stdin.end('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}\n{"jsonrpc":"2.0","id":1e400,"method":"ping"}\n')
  await server.closed
  expect(lines.map((text) => /"id":([^,]+),"error"/.exec(text)?.[1])).toEqual(['9007199254740993', '1e400'])
})

test('a request without the _meta that 2026-07-28 wants is told what is missing', async () => {
  const answers = await play(
    '2026-07-28',
    line(call(1)) + line(call(2, {}, { _meta: null })) + line(call(3, {}, { _meta: META })),
  )
  expect(answers).toEqual([error(1, PARAMS, 'envelope'), error(2, PARAMS, 'envelope'), result(3)])
})

test('an answer with all members reaches the call that waits for it', async () => {
  const service = await TestedService.start()
  const { stdin, server, lines } = serve(service.client, { seed: service.seed })
  const { method, params } = initialize('2025-11-25')
  const capabilities = { elicitation: { url: {} } }
  stdin.write(line({ jsonrpc: '2.0', id: 0, method, params: { ...params, capabilities } }))
  stdin.write(line({ ...call(1), params: { name: 'link_integration', arguments: { connector: 'sql' } } }))
  const asked = await vi.waitFor(() => {
    const found = lines.map((text) => JSON.parse(text)).find((message) => message.method === 'elicitation/create')
    expect(found).toBeDefined()
    return found as { id: number }
  })
  stdin.write(
    line({ jsonrpc: '2.0', id: asked.id, result: { action: 'decline' }, error: null, method: null, params: null }),
  )
  await vi.waitFor(() => expect(lines.map((text) => JSON.parse(text).id)).toContain(1))
  stdin.end()
  await server.closed
  expect(lines.map((text) => JSON.parse(text)).find(({ id }) => id === 1)?.result.content[0].text).toContain(
    '"status":"cancelled"',
  )
})

describe('a batch under 2025-03-26', () => {
  const byId = (answers: Answer[]) => answers.sort((a, b) => String(a.id).localeCompare(String(b.id)))

  test('gets one list with an answer for each request', async () => {
    const batch = [
      call(1),
      { jsonrpc: '2.0', method: 'notifications/x' },
      call('b'),
      { jsonrpc: '2.0', id: 3, method: 'nope' },
    ]
    const [answers, ...more] = await play('2025-03-26', line(batch))
    expect(byId(answers as Answer[])).toEqual([result(1), error(3, -32601), result('b')])
    expect(more).toEqual([])
  })

  test('is answered where some, or all, of it is wrong', async () => {
    const begin = { jsonrpc: '2.0', id: 5, ...initialize('2025-03-26') }
    const [mixed, wrong, ...more] = await play('2025-03-26', line([1, call(1), call(1), begin, {}]) + line([1, 'x']))
    const sentences = [mixed, wrong].flat().map((answer) => answer?.error?.message ?? answer?.id)
    expect(sentences.sort()).toEqual(
      [
        1,
        'A message must be a JSON object, such as {"jsonrpc": "2.0", "id": 1, "method": "ping"}.',
        'A message must be a JSON object, such as {"jsonrpc": "2.0", "id": 1, "method": "ping"}.',
        'A message must be a JSON object, such as {"jsonrpc": "2.0", "id": 1, "method": "ping"}.',
        'Another request with this id has no answer yet.',
        'The member jsonrpc of a message must be "2.0".',
        'The request initialize must be sent on a line of its own, not in a batch.',
      ].sort(),
    )
    expect(more).toEqual([])
  })

  test('of notifications and answers gets none', async () => {
    expect(
      await play(
        '2025-03-26',
        line([
          { jsonrpc: '2.0', method: 'notifications/x' },
          { jsonrpc: '2.0', id: 1, result: {} },
        ]),
      ),
    ).toEqual([])
  })

  test('that is too long or empty is refused as a whole', async () => {
    const answers = await play('2025-03-26', line(Array.from({ length: 101 }, (_, id) => call(id))) + line([]))
    expect(answers).toEqual([error(null, INVALID, 'at most 100'), error(null, INVALID, 'at least one')])
  })

  test('does not wait for a request of it that is cancelled', async () => {
    const service = await TestedService.start()
    service.answer = () => new Promise(() => {})
    const { stdin, server, lines } = serve(service.client, { seed: service.seed })
    stdin.write(line({ jsonrpc: '2.0', id: 0, ...initialize('2025-03-26') }))
    const running = {
      name: 'execute_connector',
      arguments: { connector: 'big', action: 'action_0', params: { id: '1' } },
    }
    stdin.write(
      line([
        { jsonrpc: '2.0', id: 1, method: 'tools/call', params: running },
        { jsonrpc: '2.0', id: 2, method: 'ping' },
      ]),
    )
    await vi.waitFor(() => expect(service.runs).toHaveLength(1))
    expect(lines).toHaveLength(1)
    stdin.write(line({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }))
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    expect(JSON.parse(lines[1] ?? '')).toEqual([result(2)])
    stdin.end()
    await server.closed
  })
})

describe('whatever a line with an id holds, it gets exactly one answer, and the next one works', () => {
  const odd = fc.oneof(
    fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
    fc.constantFrom(null, [], {}, '', 0, '{}'),
  )
  const method = fc.oneof(
    fc.constantFrom(
      'initialize',
      'ping',
      'tools/list',
      'tools/call',
      'server/discover',
      'logging/setLevel',
      'resources/list',
    ),
    fc.constantFrom('prompts/get', 'completion/complete', 'notifications/initialized', 'tasks/get', 'toString', ''),
    odd,
  )
  const params = fc.oneof(
    odd,
    fc.record(
      {
        name: fc.oneof(fc.constantFrom('list_connectors', 'authenticate', 'nope'), odd),
        arguments: odd,
        _meta: fc.oneof(fc.constant(META), odd),
        protocolVersion: odd,
      },
      { requiredKeys: [] },
    ),
  )
  const rest = fc.record(
    {
      jsonrpc: fc.oneof({ weight: 4, arbitrary: fc.constant('2.0') }, { weight: 1, arbitrary: odd }),
      method,
      params,
      extra: odd,
    },
    { requiredKeys: [] },
  )
  const message = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 1e9 }), rest)

  test.each(Object.keys(REVISIONS) as Revision[])('on %s', async (revision) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(message, { selector: ([, id]) => id, minLength: 1, maxLength: 20 }),
        async (messages) => {
          const ids = messages.map(([isText, id]) => (isText ? String(id) : id))
          const text = messages.map(([, , members], at) => line({ id: ids[at], ...members })).join('')
          const answers = (await playWith(serve(unusedClient), revision, text)).flat()
          expect(answers.map(({ id }) => JSON.stringify(id)).sort()).toEqual(ids.map((id) => JSON.stringify(id)).sort())
          for (const answer of answers) expect([answer.result, answer.error].filter(Boolean)).toHaveLength(1)
        },
      ),
      { numRuns: 60 },
    )
  })
})
