import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../../src/oauth/', import.meta.url)
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))

/** Each exported function, with the comment before it. */
const EXPORTED =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:async )?(?:function (\w+)|const (\w+)[^=]*= (?:async )?(?:\(|\w+ =>))/g
const SECTION = /@see https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+#section-[\d.]+/

const exported = sources.flatMap(({ name, text }) =>
  [...text.matchAll(EXPORTED)].map(([, comment = '', first, second]) => ({
    name: `${name}: ${first ?? second}`,
    comment,
  })),
)

test('the check of the OAuth sources finds the exported functions', () => {
  const names = exported.map(({ name }) => name)
  expect(names).toContain('refresh.ts: refreshGrant')
  expect(names).toContain('error-codes.ts: isRegistered')
  const count = sources.flatMap(({ text }) => text.match(/^export (?:async function|function|const)/gm) ?? []).length
  expect(names).toHaveLength(count)
})

test('every exported function names its section of an RFC', () => {
  expect(exported.filter(({ comment }) => !SECTION.test(comment)).map(({ name }) => name)).toEqual([])
})

test('the OAuth engine names no provider', () => {
  const vendors = /github|google|microsoft|slack|twitter|gmail|outlook/i
  expect(sources.filter(({ text }) => vendors.test(text)).map(({ name }) => name)).toEqual([])
})
