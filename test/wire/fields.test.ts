import { describe, expect, test } from 'vitest'
import { Fields } from '../../src/wire/fields.js'
import { TextAnswer } from '../../src/wire/text-messages.js'

describe('header fields of a message within the process', () => {
  test('are read in any case, and like those of the platform', () => {
    const given = {
      'X-API-Key': ' key\r\n',
      hard: '\u00a0a\u00a0',
      'content-type': 'text/plain; charset="é"',
      empty: '',
    }
    const [fields, platform] = [new Fields(given), new Headers(given)]
    for (const name of ['x-api-key', 'X-Api-Key', 'Content-Type', 'hard', 'empty', 'missing', '__proto__']) {
      expect(fields.get(name)).toBe(platform.get(name))
      expect(fields.has(name)).toBe(platform.has(name))
    }
    expect(new Map(fields)).toEqual(new Map(platform))
    fields.delete('EMPTY')
    expect(fields.has('empty')).toBe(false)
  })

  test.each(['a\nb', 'a\r\nx: y', 'a\0b', '日本'])('cannot be %j, as they could not be sent', (value) => {
    expect(() => new Fields({ name: value })).toThrow(TypeError)
    expect(() => new Headers({ name: value })).toThrow(TypeError)
  })
})

test('an answer of text is read like one of the platform, as often as it is wanted', async () => {
  const answer = new TextAnswer('{"ä":1}', { status: 201, headers: new Fields({ 'content-type': 'application/json' }) })
  const response = answer.asResponse()
  expect(response).toBeInstanceOf(Response)
  expect([response.status, response.ok, response.bodyUsed]).toEqual([201, true, false])
  for (let time = 0; time < 2; time += 1) {
    expect(await response.json()).toEqual({ ä: 1 })
    expect(await response.text()).toBe('{"ä":1}')
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe('{"ä":1}')
    expect(await new Response(response.body).text()).toBe('{"ä":1}')
    expect(response.clone().headers.get('content-type')).toBe('application/json')
  }
})
