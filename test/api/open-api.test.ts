import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { ERRORS } from '../../src/wire/index.js'
import { newApi } from './harness.js'

describe('GET /openapi.json', () => {
  test('is a valid, public OpenAPI 3.1 document that contains the address of the service', async () => {
    const { call } = await newApi({ publicUrl: 'https://team.example/service' })
    const answer = await call('GET', '/openapi.json', { token: 'nonsense', key: 'nonsense' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await new Validator().validate(answer.json)).toEqual({ valid: true })
    expect(answer.json.openapi).toMatch(/^3\.1\./)
    expect(answer.json.servers).toEqual([{ url: 'https://team.example/service' }])
  })

  test('has every route of the app, and no other', async () => {
    const { api, call } = await newApi()
    const { paths } = (await call('GET', '/openapi.json')).json as { paths: Record<string, object> }
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const served = api.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${template(path)}`)
    expect(documented.toSorted()).toEqual([...new Set(served)].toSorted())
  })

  test('has no dangling reference, and each operation id once', async () => {
    const { json } = await (await newApi()).call('GET', '/openapi.json')
    const text = JSON.stringify(json)
    const references = new Set([...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference ?? ''))
    expect(references.size).toBeGreaterThan(10)
    for (const reference of references) {
      const found = reference
        .slice(2)
        .split('/')
        .reduce((at, part) => at?.[part], json)
      expect(found, reference).toBeTypeOf('object')
    }
    expect(text).not.toMatch(/"\$(id|schema|defs)":/)
    const ids = [...text.matchAll(/"operationId":"([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('lists the error codes of every failure under their status', async () => {
    const { json } = await (await newApi()).call('GET', '/openapi.json')
    const named = new Set<string>()
    for (const operations of Object.values<Record<string, { responses: Record<string, unknown> }>>(json.paths)) {
      for (const { responses } of Object.values(operations)) {
        for (const [status, response] of Object.entries(responses)) {
          for (const [, list = ''] of JSON.stringify(response).matchAll(/"code":\{"enum":\[([^\]]*)\]/g)) {
            for (const code of list.split(',').map((quoted) => JSON.parse(quoted) as keyof typeof ERRORS)) {
              named.add(code)
              expect([code, ERRORS[code].status]).toEqual([code, Number(status)])
            }
          }
        }
      }
    }
    // Those of a route or a method that does not exist, and of a browser's page, belong to no documented answer of JSON.
    const elsewhere = ['METHOD_NOT_ALLOWED', 'LINK_EXPIRED']
    expect(
      [...Object.keys(ERRORS).filter((code) => !elsewhere.includes(code))].filter((code) => !named.has(code)),
    ).toEqual([])
  })
})

/** A path of the router as OpenAPI has it. */
const template = (path: string): string =>
  path.replace(/\/integrations\/\*$/, '/integrations/{user_identifier}').replace(/:(\w+)(\{\.\+\})?/g, '{$1}')
