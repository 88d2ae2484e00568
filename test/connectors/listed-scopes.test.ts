import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packagedConnectors } from '../../src/connectors/index.js'
import { allOf, anyOf } from '../../src/kit/index.js'
import { asListed, type ListedScopes, listedClauses } from './listed-scopes.js'

const CATALOG = new URL('../../../shared/spec/catalog.json', import.meta.url)
const noCatalog = existsSync(CATALOG) ? '' : 'the list of actions is not at ../shared/spec/catalog.json'
if (noCatalog) process.stderr.write(`Scopes are not compared: ${noCatalog}.\n`)

interface ListedConnector {
  connector: string
  actions: { name: string; scopes?: ListedScopes }[]
}

test.skipIf(noCatalog).each(packagedConnectors.map(({ name }) => name))(
  'the actions of %s need the scopes that the list of actions names',
  async (name) => {
    const listed = (JSON.parse(readFileSync(CATALOG, 'utf8')) as ListedConnector[]).find(
      (one) => one.connector === name,
    )
    const connector = (await packagedConnectors.find((one) => one.name === name)?.load()) ?? expect.fail()
    const scopesOf = new Map(listed?.actions.map((action) => [action.name, action.scopes ?? { all: [] }]))
    const theirs = connector.actions.map((action) => [
      action.name,
      listedClauses(scopesOf.get(action.name) ?? expect.fail(`${action.name} is not listed`)),
    ])
    expect(connector.actions.map((action) => [action.name, asListed(action.scopes)])).toEqual(theirs)
  },
)

test('every form of clause can be written as the list does', () => {
  const clauses = [
    anyOf('spaces.readonly', 'spaces', { when: { use_admin_access: false } }),
    allOf('drive', { when: 'file' }),
    allOf('both', { when: ['drive_id', 'item_id'] }),
    allOf('either', { when: { type: ['user', 'group'] }, for: 'people' }),
  ]
  expect(asListed(clauses)).toEqual([
    { any: ['spaces.readonly', 'spaces'], when: 'use_admin_access = false' },
    { all: ['drive'], when: 'file' },
    { all: ['both'], when: 'drive_id & item_id' },
    { all: ['either'], when: 'type = user | type = group', for: 'people' },
  ])
  expect(listedClauses({ all: [], also: [{ all: ['a'], when: 'x' }] })).toEqual([{ all: ['a'], when: 'x' }])
})
