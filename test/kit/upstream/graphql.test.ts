import { describe, expect, test, vi } from 'vitest'
import { CredentialRefused } from '../../../src/base/credential-refused.js'
import { camelCase } from '../../../src/kit/dialect/spelling.js'
import type { FailureRule } from '../../../src/kit/upstream/failures.js'
import { isQuery } from '../../../src/kit/upstream/graphql.js'
import { type ScriptedAnswer, scripted } from '../scripted.js'

const failures: FailureRule[] = [
  { when: { status: [200], member: ['errors.type', /^NOT_FOUND$/] }, code: 'NOT_FOUND', message: 'There is none.' },
  {
    when: { status: [200], member: ['errors.type', /^RATE_LIMITED$/] },
    code: 'RATE_LIMITED',
    message: 'Wait.',
    retryable: true,
    retryAfter: 60,
  },
]
const DOCUMENT = 'query ($id: ID!) { node(id: $id) { id } }'
const ask = async (json: unknown, status = 200) => {
  const { upstream, left } = scripted([{ json, status }], { failures })
  return { data: await upstream.graphql(DOCUMENT, { id: 'x' }), notices: upstream.notices, left }
}

describe('a GraphQL document', () => {
  test('leaves with its variables', async () => {
    const { data, left } = await ask({ data: { node: { id: 'x' } } })
    expect(data).toEqual({ node: { id: 'x' } })
    expect(left[0]?.line).toBe('POST https://api.example/v1/graphql')
    expect(JSON.parse(left[0]?.body ?? '')).toEqual({ query: DOCUMENT, variables: { id: 'x' } })
  })

  test('leaves without what is undefined, at any depth, in the spelling of the vendor', async () => {
    const { upstream, left } = scripted([{ json: { data: { a: 1 } } }], { dialect: { member: camelCase } })
    await upstream.graphql(DOCUMENT, {
      after_it: undefined,
      input: { team_id: 't', due_date: null, state_id: undefined, or: [{ is_me: { eq: undefined } }] },
    })
    const variables = { input: { teamId: 't', dueDate: null, or: [{ isMe: {} }] } }
    expect(JSON.parse(left[0]?.body ?? '')).toEqual({ query: DOCUMENT, variables })
  })

  test('that failed in part has the rest, and says what failed', async () => {
    const errors = [{ path: ['a', 0, 'b'], type: 'NOT_FOUND', message: 'Gone.', extensions: {} }]
    const { data, notices } = await ask({ data: { a: null, b: { c: 1 } }, errors })
    expect(data).toEqual({ a: null, b: { c: 1 } })
    expect(notices).toEqual({ failed_fields: [{ path: 'a.0.b', type: 'NOT_FOUND', message: 'Gone.' }] })
  })

  test('that failed in part has what failed in each document of the call', async () => {
    const answers = ['a', 'b'].map((path) => ({ json: { data: { x: 1, [path]: null }, errors: [{ path: [path] }] } }))
    const { upstream } = scripted(answers)
    await upstream.graphql(DOCUMENT, {})
    await upstream.graphql(DOCUMENT, {})
    expect(upstream.notices).toEqual({ failed_fields: [{ path: 'a' }, { path: 'b' }] })
  })

  test('that answered an empty list beside a failure is a success', async () => {
    const { data } = await ask({ data: { a: { nodes: [] }, b: null }, errors: [{ type: 'NOT_FOUND' }] })
    expect(data).toEqual({ a: { nodes: [] }, b: null })
  })

  test.each<[string, unknown, object]>([
    [
      'not found deeper',
      { data: { a: { b: [null, { c: null }] } }, errors: [{ type: 'NOT_FOUND' }] },
      { code: 'NOT_FOUND' },
    ],
    ['not found', { data: { node: null }, errors: [{ type: 'NOT_FOUND' }] }, { code: 'NOT_FOUND', retryable: false }],
    ['limited', { errors: [{ type: 'RATE_LIMITED' }] }, { code: 'RATE_LIMITED', retryAfterSeconds: 60 }],
    ['refused', { errors: [{ message: 'Field x does not exist' }] }, { code: 'UPSTREAM_REFUSED' }],
    ['no answer', {}, { code: 'UPSTREAM_REFUSED' }],
    ['a list', [], { code: 'UPSTREAM_REFUSED' }],
  ])('that is %s fails', async (_, json, error) => {
    await expect(ask(json)).rejects.toMatchObject(error)
  })

  test('that found nothing, without an error, is a success', async () => {
    expect((await ask({ data: { node: null } })).data).toEqual({ node: null })
  })

  test.each([
    ['GRAPHQL_VALIDATION_FAILED', 'UPSTREAM_REFUSED'],
    ['GRAPHQL_PARSE_FAILED', 'UPSTREAM_REFUSED'],
    ['BAD_USER_INPUT', 'INVALID_PARAMETERS'],
  ])('that is refused with 400 and %s is %s', async (code, ours) => {
    const errors = [{ message: 'Cannot query field "x" on type "Y".', extensions: { code } }]
    await expect(ask({ errors }, 400)).rejects.toMatchObject({ code: ours, retryable: false })
  })

  test('is refused by a status as any request is', async () => {
    await expect(ask({ message: 'Bad credentials' }, 401)).rejects.toBeInstanceOf(CredentialRefused)
  })
})

const MUTATION = 'mutation ($id: ID!) { close(id: $id) { id } }'
const REFUSED: ScriptedAnswer = {
  json: { data: null, errors: [{ type: 'RATE_LIMITED' }] },
  headers: { 'retry-after': '9' },
}

describe('a document that only reads', () => {
  test.each([
    '{ a }',
    DOCUMENT,
    'fragment F on A { b } query mutation { a { ...F } }',
    '# mutation\nquery ($a: A = {mutation: {b: "mutation {"}}) @x(y: {z: 1}) { mutation: subscription }',
    'query { a(b: """ } mutation \\""" { """, c: "\\"} mutation") }',
  ])('%s', (document) => {
    expect(isQuery(document)).toBe(true)
  })

  test.each([
    MUTATION,
    'query A { a } mutation B { b }',
    'subscription { a }',
    'fragment F on A { b } mutation { c }',
    '{ a } }',
    'type A { b: C }',
  ])('is not %s', (document) => {
    expect(isQuery(document)).toBe(false)
  })

  test('has written nothing, and a mutation has', async () => {
    const { upstream } = scripted([{ json: { data: { a: 1 } } }, { json: { data: { a: 1 } } }])
    await upstream.graphql(DOCUMENT, {})
    expect(upstream.hasWritten).toBe(false)
    await upstream.graphql(MUTATION, {})
    expect(upstream.hasWritten).toBe(true)
  })

  test('may be sent again where the third party failed, and a mutation may not', async () => {
    const failing = (document: string) => scripted([{ status: 502 }]).upstream.graphql(document, {})
    await expect(failing(DOCUMENT)).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
    await expect(failing(MUTATION)).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    const broken = (document: string) => scripted([{ bytes: Buffer.from('{"data":') }]).upstream.graphql(document, {})
    await expect(broken(DOCUMENT)).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
    await expect(broken(MUTATION)).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
  })

  test('waits for a limit that is told inside a 200, and a mutation does not', async () => {
    vi.useFakeTimers()
    try {
      const { upstream, left } = scripted([REFUSED, { status: 503 }, { json: { data: { a: 1 } } }], { failures })
      const answer = upstream.patient().graphql(DOCUMENT, {})
      await vi.runAllTimersAsync()
      expect([await answer, left.length]).toEqual([{ a: 1 }, 3])
      const refused = scripted([REFUSED], { failures })
      await expect(refused.upstream.patient().graphql(MUTATION, {})).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    } finally {
      vi.useRealTimers()
    }
  })
})

test('documents go below another address, where the vendor has one for them', async () => {
  const { upstream, left } = scripted([{ json: { data: { a: 1 } } }], {
    dialect: { documents: (baseUrl) => baseUrl.replace(/v1$/, 'documents') },
  })
  await upstream.graphql(DOCUMENT, {})
  expect(left[0]?.line).toBe('POST https://api.example/documents/graphql')
})
