import { expect, test } from 'vitest'
import { responseFilter } from '../../src/wire/shaping.js'
import { connect } from './harness.js'
import { TestedService } from './tested-service.js'

test('describe_connector names each kind of condition with its fields, and which of them may be left out', async () => {
  const service = await TestedService.start()
  const { call } = await connect('v1 on 2025-11-25', service.client)
  const described = await call('describe_connector', { connector: 'github' })
  const { response_filters: words } = described.shown as { response_filters: string }
  expect(words).toContain('{type, field_name, root?}')
  for (const { shape } of responseFilter.options) {
    const { type, field_name: _, root: __, ...own } = shape
    const fields = Object.entries(own).map(([name, field]) => (field.safeParse(undefined).success ? `${name}?` : name))
    expect(words).toContain(`${type.value}: ${fields.join(', ')}`)
  }
})
