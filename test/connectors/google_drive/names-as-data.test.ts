import { expect, test } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import { googleDialect } from '../../../src/connectors/providers/google-api.js'
import { play, seenRequest } from '../harness.js'
import { openDescription } from '../oracle.js'

const description = await openDescription('google/drive.json')

type Schema = { properties?: Record<string, Schema>; items?: Schema; additionalProperties?: unknown }

/** The members whose keys are data, by the description: those of objects that are open. */
function openMembers(schema: Schema | undefined, name = '', within: readonly Schema[] = []): string[] {
  if (!schema || within.includes(schema)) return []
  const deeper = [...within, schema]
  return [
    ...(schema.additionalProperties ? [name] : []),
    ...openMembers(schema.items, name, deeper),
    ...Object.entries(schema.properties ?? {}).flatMap(([member, inner]) => openMembers(inner, member, deeper)),
  ]
}

test.skipIf(!description)('the members whose keys are data are those that the description leaves open', () => {
  const open = googleDrive.actions.flatMap(({ plan }) => {
    if (!plan) return []
    const values = Object.fromEntries(plan.needs.map((name) => [name, 'x']))
    const { method, path } = plan.build(values)
    const url = new URL(`${googleDrive.baseUrl}${path.value}`)
    return openMembers(description?.answerSchema(seenRequest({ method, url, headers: {} }, googleDrive.baseUrl ?? '')))
  })
  const ours = [...new Set(open)].map((name) => googleDialect.answer?.(name)).sort()
  expect(ours).toEqual([...(googleDialect.data ?? [])].sort())
})

test('their keys stay as they are, and can be asked for', async () => {
  const response = {
    properties: { myKey: '1', my_key: '2', 'a/b,(c)': '3' },
    appProperties: { 'Created At': 'x' },
    exportLinks: { 'application/pdf': 'https://docs.google.com/x' },
    labelInfo: { labels: [{ id: 'l1', fields: { A1B2C3: { valueType: 'text' } } }] },
  }
  const exchange = { request: 'GET /files/f1', query: { supportsAllDrives: 'true', fields: '*' }, response }
  expect((await play(googleDrive, 'get_file', { id: 'f1' }, exchange)).data).toEqual({
    properties: response.properties,
    app_properties: response.appProperties,
    export_links: response.exportLinks,
    label_info: { labels: [{ id: 'l1', fields: { A1B2C3: { value_type: 'text' } } }] },
  })
  const input = { id: 'f1', response_fields: ['properties.myKey', 'exportLinks'] }
  expect((await play(googleDrive, 'get_file', input, exchange)).data).toEqual({
    properties: { myKey: '1' },
    export_links: response.exportLinks,
  })
})
