import { describe, expect, test } from 'vitest'
import { path } from '../../../src/http/path.js'
import { AnswerJson } from '../../../src/kit/upstream/answer-json.js'
import { scripted } from '../scripted.js'

const jsonOf = (text: string): AnswerJson => new AnswerJson(Buffer.from(text))
const OF_A_READ = { status: 200, isRead: true }

describe('the JSON of an answer', () => {
  test.each([
    ['{"a":[1,"é",null]}', { a: [1, 'é', null] }],
    ['\ufeff{"a":1}', { a: 1 }],
    ['null', null],
    ['', null],
  ])('%j is %j', (text, value) => {
    expect(jsonOf(text).value).toEqual(value)
    expect(jsonOf(text).require(OF_A_READ)).toEqual(value)
  })

  test.each([
    ['<html>', 'something other than JSON', true],
    ['{"half":', 'something other than JSON', true],
    ['['.repeat(201), 'nested more than 200 deep', false],
    [`[${'0,'.repeat(2_000_000)}0]`, 'holds more than 2000000 values', false],
  ])('%j is not taken', (text, words, retryable) => {
    const json = jsonOf(text)
    expect(json.value).toBeUndefined()
    const message = expect.stringContaining(words)
    const error = expect.objectContaining({ code: 'UPSTREAM_ERROR', message, retryable })
    expect(() => json.require(OF_A_READ)).toThrow(error)
    expect(() => json.require({ status: 200, isRead: false })).toThrow(expect.objectContaining({ retryable: false }))
  })

  test('is read once, though the rules of the vendor look at it before the action does', async () => {
    const seen: unknown[] = []
    const rule = { when: { status: [200] }, code: 'UPSTREAM_REFUSED', message: 'No.' } as const
    const tell = ({ json }: { json: unknown }): undefined => void seen.push(json)
    const failures = [
      { ...rule, tell },
      { ...rule, tell },
    ]
    const { upstream } = scripted([{ json: { ok: true } }], { failures })
    const answer = await upstream.post(path`/a`)
    expect(answer).toEqual({ ok: true })
    // The very same object.
    expect(seen.map((json) => json === answer)).toEqual([true, true])
  })
})
