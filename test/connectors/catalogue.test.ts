import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packagedConnectors } from '../../src/connectors/index.js'

const FOLDER = join(import.meta.dirname, '../../src/connectors')

test('the catalogue lists every file and folder of src/connectors, once, in alphabetical order', () => {
  const others = ['index', 'of-build', 'providers']
  const names = readdirSync(FOLDER).map((entry) => entry.replace(/\.ts$/, ''))
  expect(packagedConnectors.map(({ name }) => name)).toEqual(names.filter((name) => !others.includes(name)).sort())
})

test.each(packagedConnectors.map(({ name }) => name))('the catalogue loads %s, which is called so', async (name) => {
  const connector = await packagedConnectors.find((entry) => entry.name === name)?.load()
  expect(connector?.name).toBe(name)
})
