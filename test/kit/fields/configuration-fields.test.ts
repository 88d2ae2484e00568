import { expect, test } from 'vitest'
import { type ConfigurationField, configurationOf } from '../../../src/kit/fields/configuration-fields.js'

const field = (name: string, kind: ConfigurationField['kind']): ConfigurationField => ({
  name,
  kind,
  label: name,
  hint: '',
  required: false,
  choices: [],
  group: '',
  onlyFor: [],
  words: [],
})

test('a secret is trimmed of surrounding line ends only', () => {
  const fields = [field('token', 'secret')]
  const tokens = ['\r\na b\n', 'a b', '\n\na b\r\r\n'].map((text) =>
    configurationOf(fields, new Map([['token', text]])),
  )
  expect(tokens).toEqual([{ token: 'a b' }, { token: 'a b' }, { token: 'a b' }])
  expect(configurationOf(fields, new Map([['token', 'a\n\nb']]))).toEqual({ token: 'a\n\nb' })
})

test('trimming a secret of line ends takes linear time', () => {
  const hostile = `a${'\n'.repeat(5_000_000)}b`
  expect(configurationOf([field('token', 'secret')], new Map([['token', hostile]]))).toEqual({ token: hostile })
})
