import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConnectorsError, type ErrorDetails } from '../../src/base/errors.js'
import * as requests from '../../src/wire/requests/index.js'

const { parseRequest } = requests

const faults = (schema: z.ZodType, given: unknown): { message: string; details: ErrorDetails | undefined } => {
  try {
    parseRequest(schema, given)
  } catch (error) {
    if (error instanceof ConnectorsError && error.code === 'INVALID_PARAMETERS')
      return { message: error.message, details: error.details }
    throw error
  }
  throw new Error('it was not refused')
}

describe('a request is refused', () => {
  test.each<[string, z.ZodType, unknown, string, string, string]>([
    [
      'a client without a name',
      requests.createClientBody,
      {},
      "A client's name must have 1 to 100 characters.",
      'name',
      'must be a text of 1 to 100 characters',
    ],
    [
      'a client with a long name',
      requests.createClientBody,
      { name: ' '.repeat(101) },
      "A client's name must have 1 to 100 characters.",
      'name',
      'must be a text of 1 to 100 characters',
    ],
    [
      'a user without a name',
      requests.createUserBody,
      { identifier: '\u00a0\n' },
      'The identifier must have 1 to 255 characters.',
      'identifier',
      'must be a text of 1 to 255 characters',
    ],
    [
      'no list of origins',
      requests.callbackOriginsBody,
      { callback_origins: 'https://app.example' },
      'callback_origins must be a list of origins, such as ["https://app.example"]; an empty list allows any.',
      'callback_origins',
      'does not fit',
    ],
    [
      'an origin that is no text',
      requests.callbackOriginsBody,
      { callback_origins: ['https://app.example', 7] },
      'callback_origins must be a list of origins, such as ["https://app.example"]; an empty list allows any.',
      'callback_origins[1]',
      'is not a text',
    ],
    [
      'a way to link that does not exist',
      requests.linkBody,
      { auth_type: 'magic' },
      'The auth_type must be one of oauth2, custom.',
      'auth_type',
      'is not known',
    ],
    [
      'a link without its configuration',
      requests.linkBody,
      { auth_type: 'custom' },
      'The configuration is missing or not an object.',
      'configuration',
      'is missing or not an object',
    ],
    [
      'a configuration that is null, and no way to link',
      requests.linkBody,
      { configuration: null },
      'The configuration is missing or not an object.',
      'configuration',
      'is missing or not an object',
    ],
    [
      'a callback URL that is a number',
      requests.linkBody,
      { callback_url: 7 },
      'The callback_url must be an absolute http or https URL without a user name.',
      'callback_url',
      'is not an http or https URL',
    ],
    [
      'a choice that is a text',
      requests.beginLinkBody,
      { replace_duplicate: 'yes' },
      'replace_duplicate must be true or false.',
      'replace_duplicate',
      'is not a boolean',
    ],
    [
      'another choice that is a number',
      requests.beginLinkBody,
      { device: 1 },
      'device must be true or false.',
      'device',
      'is not a boolean',
    ],
    [
      'a long wait',
      requests.linkStateQuery,
      { wait: '25.001' },
      'wait takes 0 to 25 seconds.',
      'wait',
      'must be a number from 0 to 25',
    ],
    ['a search for nothing', requests.searchQuery, { q: ' ' }, 'The search needs a text in q.', 'q', 'is empty'],
    ['no search', requests.searchQuery, {}, 'The search needs a text in q.', 'q', 'is empty'],
    [
      'a kind that does not exist',
      requests.searchQuery,
      { q: 'x', kinds: 'tools,people' },
      'kinds must be a list of tools, mcp, skills.',
      'kinds',
      'names a kind that does not exist',
    ],
    [
      'too much of a search',
      requests.searchQuery,
      { q: 'x', count: '51' },
      'count must be a whole number from 1 to 50.',
      'count',
      'must be from 1 to 50',
    ],
    [
      'a form without either button',
      requests.accessForm,
      { draft: 'x' },
      'Press one of the buttons. Nothing is linked yet.',
      'access',
      'is missing',
    ],
  ])('%s', (_what, schema, given, sentence, field, message) => {
    expect(faults(schema, given)).toEqual({ message: sentence, details: { errors: [{ field, message }] } })
  })

  test('every fault is named, in one sentence where none of them has its own', () => {
    expect(faults(requests.pageQuery, { limit: '201', offset: '-1' })).toEqual({
      message: 'The request is invalid: limit must be from 1 to 200, offset is not 0 or more.',
      details: {
        errors: [
          { field: 'limit', message: 'must be from 1 to 200' },
          { field: 'offset', message: 'is not 0 or more' },
        ],
      },
    })
  })

  test('of more than 50 faults the first 50 are listed', () => {
    const callback_origins = Array(10_000).fill(null)
    const { details } = faults(requests.callbackOriginsBody, { callback_origins })
    expect(details?.errors).toHaveLength(50)
  })

  test.each([null, undefined, 7, 'x', []])('a body that is not an object is refused: %o', (given) => {
    for (const schema of [requests.createUserBody, requests.linkBody, requests.beginLinkBody])
      expect(faults(schema, given).message).toMatch(/^The request is invalid: /)
  })
})

describe('a request is accepted', () => {
  test('fields that a request does not have are left out', () => {
    expect(parseRequest(requests.createUserBody, { identifier: 'ada', admin: true })).toEqual({ identifier: 'ada' })
  })

  test.each<[unknown, object]>([
    [{ callback_url: 'u' }, { auth_type: 'oauth2', callback_url: 'u', replace_duplicate: false, replace_same: false }],
    [
      { auth_type: null, callback_url: null },
      { auth_type: 'oauth2', replace_duplicate: false, replace_same: false },
    ],
    [
      { auth_type: 'oauth2', configuration: 7 },
      { auth_type: 'oauth2', replace_duplicate: false, replace_same: false },
    ],
    [
      { configuration: { url: 'u' }, replace_duplicate: true },
      { auth_type: 'custom', configuration: { url: 'u' }, replace_duplicate: true, replace_same: false },
    ],
    [
      { auth_type: 'custom', configuration: {}, callback_url: 7, replace_duplicate: null },
      { auth_type: 'custom', configuration: {}, replace_duplicate: false, replace_same: false },
    ],
    [
      { configuration: {}, replace_same: true },
      { auth_type: 'custom', configuration: {}, replace_duplicate: false, replace_same: true },
    ],
  ])('a link, as published clients ask for it: %j', (given, parsed) => {
    expect(parseRequest(requests.linkBody, given)).toEqual(parsed)
  })

  test('a link on our page says nothing of an account of the same name by default', () => {
    expect(parseRequest(requests.beginLinkBody, {})).toEqual({ device: false })
    expect(parseRequest(requests.beginLinkBody, { replace_duplicate: null })).toEqual({ device: false })
    expect(parseRequest(requests.beginLinkBody, { callback_url: null, replace_duplicate: false })).toEqual({
      replace_duplicate: false,
      device: false,
    })
  })

  test('lists in a query are separated by commas', () => {
    expect(parseRequest(requests.connectorsQuery, {}).modules).toBeUndefined()
    expect(parseRequest(requests.connectorsQuery, { modules: '' }).modules).toBeUndefined()
    expect(parseRequest(requests.connectorsQuery, { modules: ' sql , github,' }).modules).toEqual(['sql', 'github'])
    const kinds = (given: object) => [...parseRequest(requests.searchQuery, { q: 'x', ...given }).kinds]
    expect(kinds({})).toEqual(['tools', 'mcp', 'skills'])
    expect(kinds({ kinds: '' })).toEqual(['tools', 'mcp', 'skills'])
    expect(kinds({ kinds: 'mcp, mcp' })).toEqual(['mcp'])
  })

  test('a listing with an unknown source is a listing of all sources', () => {
    const source = (given: object) => parseRequest(requests.mcpListQuery, given).source
    expect([source({}), source({ source: 'external' }), source({ source: 'x' })]).toEqual(['all', 'external', 'all'])
  })

  test('a form without its token has an empty one, and keeps the fields of the connector', () => {
    expect(parseRequest(requests.buttonForm, {})).toEqual({ form_token: '' })
    expect(parseRequest(requests.signInForm, { form_token: 't' })).toEqual({ form_token: 't', secret: '' })
    expect(parseRequest(requests.configurationForm, { 'field-url': 'u' })).toEqual({ form_token: '', 'field-url': 'u' })
  })
})

describe('numbers of a query', () => {
  const page = (given: object) => requests.pageQuery.safeParse(given)

  test('are accepted exactly when they are whole and in range', () => {
    expect(page({}).data).toEqual({ limit: 50, offset: 0 })
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -5, max: 300 }), fc.double()), fc.maxSafeInteger(), (limit, offset) => {
        const fits = Number.isInteger(limit) && limit >= 1 && limit <= 200 && offset >= 0
        const parsed = page({ limit: String(limit), offset: String(offset) })
        expect(parsed.success).toBe(fits)
        if (fits) expect(parsed.data).toEqual({ limit, offset })
      }),
    )
  })

  test('a wait is a plain decimal of at most three digits before and after its point', () => {
    const wait = (text: string) => requests.linkStateQuery.safeParse({ wait: text })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25_000 }), (milliseconds) => {
        expect(wait(String(milliseconds / 1000)).data).toEqual({ wait: milliseconds / 1000 })
      }),
    )
    for (const text of ['', ' 1', '1e1', '0x5', '-0', '1.', '.5', '1.0001', 'NaN', 'Infinity', '26', '٣'])
      expect(wait(text).success, text).toBe(false)
    expect(requests.linkStateQuery.parse({})).toEqual({ wait: 0 })
  })
})

describe('whatever a caller sends', () => {
  const schemas = Object.entries<unknown>(requests).flatMap(([name, entry]): [string, z.ZodType][] =>
    entry instanceof z.ZodType ? [[name, entry]] : [],
  )
  /** JSON whose objects often have the fields of the requests. */
  const names = fc.constantFrom(
    ...['name', 'identifier', 'secret', 'callback_origins', 'callback_url', 'auth_type', 'configuration'],
    ...['replace_duplicate', 'device', 'wait', 'limit', 'offset', 'q', 'kinds', 'count', 'access', '__proto__'],
  )
  const body = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }))

  test.each(schemas)('%s accepts it, or refuses it without quoting it', (_name, schema) => {
    const canary = 'canary-5f3a'
    const sent = fc
      .oneof(body, fc.jsonValue())
      .map((value) => JSON.parse(JSON.stringify(value).replaceAll('"a"', `"${canary}"`)))
    fc.assert(
      fc.property(sent, (given) => {
        try {
          parseRequest(schema, given)
        } catch (error) {
          if (!(error instanceof ConnectorsError)) throw error
          expect([error.code, error.message.includes(canary)]).toEqual(['INVALID_PARAMETERS', false])
          expect(error.details?.errors).not.toEqual([])
        }
      }),
    )
  })

  test('a name or an identifier is accepted exactly when it is not blank and not too long', () => {
    for (const [schema, field, most] of [
      [requests.createClientBody, 'name', 100],
      [requests.createUserBody, 'identifier', 255],
    ] as const) {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
          const fits = text.trim() !== '' && text.length <= most
          expect(schema.safeParse({ [field]: text }).success).toBe(fits)
        }),
      )
    }
  })
})
