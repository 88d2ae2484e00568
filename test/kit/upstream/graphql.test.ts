import { describe, expect, test } from 'vitest'
import { CredentialRefused } from '../../../src/base/credential-refused.js'
import type { FailureRule } from '../../../src/kit/upstream/failures.js'
import { scripted } from '../scripted.js'

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

  test('that failed in part has the rest, and says what failed', async () => {
    const errors = [{ path: ['a', 0, 'b'], type: 'NOT_FOUND', message: 'Gone.', extensions: {} }]
    const { data, notices } = await ask({ data: { a: null, b: { c: 1 } }, errors })
    expect(data).toEqual({ a: null, b: { c: 1 } })
    expect(notices).toEqual({ failed_fields: [{ path: 'a.0.b', type: 'NOT_FOUND', message: 'Gone.' }] })
  })

  test.each<[string, unknown, object]>([
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

  test('is refused by a status as any request is', async () => {
    await expect(ask({ message: 'Bad credentials' }, 401)).rejects.toBeInstanceOf(CredentialRefused)
  })
})
