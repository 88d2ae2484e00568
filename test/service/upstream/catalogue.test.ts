import { expect, test } from 'vitest'
import type { CatalogueEntry } from '../../../src/connectors/index.js'
import { schemasOf, summaryOf } from '../../../src/kit/index.js'
import { Catalogue } from '../../../src/service/upstream/catalogue.js'
import { Search } from '../../../src/service/upstream/search.js'
import { notes } from '../notes.js'

/** A connector whose module cannot be read at first, and how often that was tried. */
function failingOnce(): { entry: CatalogueEntry; attempts: () => number } {
  let attempts = 0
  const entry: CatalogueEntry = {
    name: 'notes',
    load: async () => {
      attempts += 1
      if (attempts === 1) throw new Error('too many open files')
      return notes
    },
  }
  return { entry, attempts: () => attempts }
}

test('a connector that failed to load is loaded by the next call, and then kept', async () => {
  const { entry, attempts } = failingOnce()
  const catalogue = new Catalogue({ entries: [entry] })
  await expect(catalogue.get('notes')).rejects.toThrow('too many open files')
  expect(await catalogue.get('notes')).toBe(notes)
  expect(await catalogue.summaries()).toEqual([summaryOf(notes)])
  expect(attempts()).toBe(2)
})

test('a search that failed because a connector did not load works the next time', async () => {
  const { entry } = failingOnce()
  const search = new Search({ catalogue: new Catalogue({ entries: [entry] }) })
  await expect(search.actions('who acts', { count: 1 })).rejects.toThrow('too many open files')
  expect(await search.actions('who acts', { count: 1 })).toHaveLength(1)
})

test('connectors are listed by name, whatever order they were registered in', async () => {
  const entries = ['slack', 'github', 'sql'].map((name) => ({ name, load: async () => ({ ...notes, name }) }))
  const catalogue = new Catalogue({ entries })
  expect(catalogue.names()).toEqual(['github', 'slack', 'sql'])
  expect((await catalogue.summaries()).map(({ name }) => name)).toEqual(['github', 'slack', 'sql'])
})

test('a connector that the index has is described and found without being loaded', async () => {
  const load = async () => {
    throw new Error('it was loaded')
  }
  const index = { summary: async () => summaryOf(notes), schemas: async () => schemasOf(notes) }
  const catalogue = new Catalogue({ entries: [{ name: 'notes', load }], index })
  expect((await catalogue.summaries()).map(({ name }) => name)).toEqual(['notes'])
  expect(await catalogue.schemas('notes')).toEqual(schemasOf(notes))
  expect(await new Search({ catalogue }).actions('who acts', { count: 1 })).toHaveLength(1)
  await expect(catalogue.get('notes')).rejects.toThrow('it was loaded')
})

test('a connector that the index does not have is described from its module, with the same object each time', async () => {
  const index = { summary: async () => undefined, schemas: async () => undefined }
  const catalogue = new Catalogue({ entries: [{ name: 'notes', load: async () => notes }], index })
  expect(await catalogue.summary('notes')).toEqual(summaryOf(notes))
  expect(await catalogue.summary('notes')).toBe(await catalogue.summary('notes'))
  expect(await catalogue.schemas('notes')).toEqual(schemasOf(notes))
})
