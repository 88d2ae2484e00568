import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { ERRORS } from '../../src/wire/index.js'
import { codesOf, openApiDocument } from '../../src/wire/openapi/document.js'
import { OPERATION_GROUPS } from '../../src/wire/openapi/routes/index.js'
import * as requests from '../../src/wire/requests/index.js'

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as ReturnType<typeof openApiDocument>
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(document, 'document')

describe('the document allows exactly the bodies that the service accepts', () => {
  const names = fc.constantFrom(
    ...['name', 'identifier', 'secret', 'callback_origins', 'callback_url', 'replace_duplicate', 'device', 'other'],
    ...['data', 'meta'],
  )
  // JSON Schema counts code points, JavaScript UTF-16 units; so ASCII only, where both are the same.
  const text = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 5 }),
    fc.constantFrom(' ', 'x'.repeat(100), 'x'.repeat(256)),
  )
  const value = fc.oneof(text, fc.boolean(), fc.constant(null), fc.integer(), fc.array(text, { maxLength: 3 }))
  const body = fc.oneof({ weight: 9, arbitrary: fc.dictionary(names, value) }, { weight: 1, arbitrary: value })

  test.each<[string, z.ZodType]>([
    ['CreateClient', requests.createClientBody],
    ['SetCallbackOrigins', requests.callbackOriginsBody],
    ['CreateUser', requests.createUserBody],
    ['Login', requests.loginBody],
    ['BeginLink', requests.beginLinkBody],
    ['KeepResult', requests.keepResultBody],
  ])('%s', (name, schema) => {
    const allows = ajv.compile({ $ref: `document#/components/schemas/${name}` })
    fc.assert(
      fc.property(body, (given) => {
        expect(schema.safeParse(given).success).toBe(allows(given))
      }),
      { numRuns: 500 },
    )
  })

  test('LinkIntegration, as published clients send it', () => {
    const allows = ajv.compile({ $ref: 'document#/components/schemas/LinkIntegration' })
    for (const [given, isTaken] of [
      [{ callback_url: 'https://app.example' }, true],
      [{ callback_url: 'https://app.example', auth_type: 'oauth2', replace_duplicate: true }, true],
      [{ auth_type: 'custom', configuration: { url: 'sqlite:////x' } }, true],
      [{ auth_type: 'custom' }, false],
      [{ auth_type: 'custom', configuration: [] }, false],
      [{ auth_type: 'magic', configuration: {} }, false],
      [{ replace_duplicate: 'yes' }, false],
    ] as const)
      expect([given, requests.linkBody.safeParse(given).success, allows(given)]).toEqual([given, isTaken, isTaken])
  })
})

test('a file that is to be kept is the one part of a form', () => {
  const { post } = document.paths['/files'] as { post: { requestBody: { required: boolean; content: object } } }
  expect(post.requestBody).toEqual({
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: { file: { type: 'string', format: 'binary', description: expect.any(String) } },
          required: ['file'],
        },
      },
    },
  })
})

test('the examples of the document fit their schemas', () => {
  for (const [name, schema] of Object.entries(document.components.schemas as Record<string, object>)) {
    for (const { examples = [], ...property } of Object.values(propertiesOf(schema))) {
      for (const example of examples)
        expect([name, example, ajv.validate(property, example)]).toEqual([name, example, true])
    }
  }
})

type Property = { examples?: unknown[] }
const propertiesOf = (schema: { properties?: Record<string, Property>; oneOf?: object[] }): Record<string, Property> =>
  Object.assign({}, schema.properties, ...(schema.oneOf ?? []).map(propertiesOf))

test('the document names the default of each query parameter', () => {
  const { get } = document.paths['/catalog/tools'] as { get: { parameters: { name?: string; schema?: object }[] } }
  const schemaOf = (name: string) => get.parameters.find((parameter) => parameter.name === name)?.schema
  expect(schemaOf('limit')).toEqual({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  expect(schemaOf('offset')).toEqual({ type: 'integer', minimum: 0, default: 0 })
})

describe('the codes of a route', () => {
  const operations = OPERATION_GROUPS.flatMap((subject) => subject.operations)

  test('are those of its credential, body and query, and those of every route', () => {
    const login = operations.find(({ id }) => id === 'login')
    const codes = login && codesOf(login)
    expect(codes).toEqual(expect.arrayContaining(['INVALID_CREDENTIALS', 'INVALID_API_KEY', 'INVALID_PARAMETERS']))
    expect(codes).toEqual(expect.arrayContaining(['TOO_LARGE', 'UNAVAILABLE', 'INTERNAL']))
    expect(codes).not.toContain('INVALID_TOKEN')
  })

  test.each(operations)('$id lists each code once, and none that every route has', (operation) => {
    const codes = codesOf(operation)
    expect(new Set(codes).size).toBe(codes.length)
    const own = operation.codes ?? []
    expect(own.filter((code) => [500, 503].includes(ERRORS[code].status))).toEqual([])
    expect(codesOf({ ...operation, codes: [] }).filter((code) => own.includes(code))).toEqual([])
  })
})
