import { describe, expect, test } from 'vitest'
import { CredentialRefused } from '../../src/base/credential-refused.js'
import { path } from '../../src/http/path.js'
import { defineAction, type Effect } from '../../src/kit/action.js'
import { testCall } from '../connectors/harness.js'
import { type ScriptedAnswer, scripted } from './scripted.js'

/** What an action throws that sends these requests one after another. */
async function failure(effect: Effect, methods: ('get' | 'post')[], answers: ScriptedAnswer[]): Promise<unknown> {
  const action = defineAction({
    name: 'act',
    description: 'Acts.',
    effect,
    input: {},
    run: async (upstream) => {
      for (const method of methods) await upstream[method](path`/x`)
      return {}
    },
  })
  const { upstream } = scripted(answers)
  return action
    .prepare({})(upstream, testCall())
    .then(
      () => expect.fail('it did not fail'),
      (error: unknown) => error,
    )
}

const DONE: ScriptedAnswer = { json: {} }
const LIMITED: ScriptedAnswer = { status: 429, headers: { 'retry-after': '3' }, json: {} }

describe('whether a call may be made again', () => {
  test.each<[string, Effect, ('get' | 'post')[], ScriptedAnswer[], boolean]>([
    ['a read that is a POST at its vendor', 'read', ['post'], [{ status: 500 }], true],
    ['a read that was not answered in JSON', 'read', ['post'], [{ bytes: Buffer.from('<html>') }], true],
    ['a read that was refused', 'read', ['post'], [{ status: 403 }], false],
    ['a write whose outcome is unknown', 'create', ['post'], [{ status: 500 }], false],
    ['a write that was refused for its rate', 'create', ['post'], [LIMITED], true],
    ['a write whose preparing read failed', 'update', ['get', 'post'], [{ status: 500 }], true],
    ['a write whose second part was refused for its rate', 'create', ['post', 'post'], [DONE, LIMITED], false],
    ['a write whose result could not be read', 'create', ['post', 'get'], [DONE, { status: 503 }], false],
  ])('%s', async (_, effect, methods, answers, retryable) => {
    expect(await failure(effect, methods, answers)).toMatchObject({ retryable })
  })

  test('a refused credential leads to another try only where nothing was done', async () => {
    expect(await failure('create', ['post'], [{ status: 401 }])).toBeInstanceOf(CredentialRefused)
    const late = await failure('create', ['post', 'post'], [DONE, { status: 401 }])
    expect(late).not.toBeInstanceOf(CredentialRefused)
    expect(late).toMatchObject({ code: 'UPSTREAM_REFUSED', retryable: false })
  })
})
