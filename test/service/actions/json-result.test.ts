import { describe, expect, test } from 'vitest'
import { jsonChecker, redactor } from '../../../src/base/redact.js'
import { ConnectorFile, WrittenResult } from '../../../src/kit/index.js'
import { redactedResult } from '../../../src/service/actions/json-result.js'

const SECRET = 'a "quoted" secret'
const redact = {
  inErrors: redactor([SECRET]),
  inResults: redactor([SECRET]),
  isCleanResult: jsonChecker([SECRET]),
}
const META = { row_count: 1 }

describe('the result of an action as JSON', () => {
  test.each<[string, (data: unknown) => Parameters<typeof redactedResult>[0]]>([
    ['a value', (data) => ({ data: data as never, meta: META })],
    ['text', (data) => new WrittenResult(JSON.stringify(data), META)],
  ])('has data and meta, and the secrets of the account redacted, where it arrived as %s', (_what, resultOf) => {
    const written = (data: unknown) => JSON.parse((redactedResult(resultOf(data), redact) as { json: string }).json)
    expect(written([{ n: 1, text: 'ä"\\' }])).toEqual({ data: [{ n: 1, text: 'ä"\\' }], meta: META })
    expect(written([{ text: `it is ${SECRET}.` }])).toEqual({ data: [{ text: 'it is ***.' }], meta: META })
    expect(written([{ [SECRET]: 1 }])).toEqual({ data: [{ '***': 1 }], meta: META })
    const inMeta = redactedResult({ ...resultOf([]), data: [], meta: { note: SECRET } }, redact)
    expect(inMeta).toEqual({ json: '{"data":[],"meta":{"note":"***"}}' })
  })

  test('is the text itself where it arrived as text, byte for byte', () => {
    const json = '[{"id":12345678901234567890,"n":1.0}]'
    expect(redactedResult(new WrittenResult(json, META), redact)).toEqual({
      json: `{"data":${json},"meta":{"row_count":1}}`,
    })
  })

  test('is a file where it is one', () => {
    const file = new ConnectorFile(new Uint8Array(3), 'a.bin', null)
    expect(redactedResult(file, redact)).toBe(file)
  })

  test('that is nested too deep is an error that says so', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(() => redactedResult({ data: deep, meta: null }, redact)).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_ERROR' }),
    )
  })
})
