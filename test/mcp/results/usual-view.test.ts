import { describe, expect, test } from 'vitest'
import { usualFieldsNotes } from '../../../src/mcp/results/usual-fields.js'
import { usualView, withoutEmpty } from '../../../src/mcp/results/usual-view.js'

const LONG = 'word '.repeat(60)
const shown = (item: unknown) => (usualView([item]).data as unknown[])[0]

describe('a list of which the model named no fields', () => {
  test('has its long texts cut, wherever they are in an item', () => {
    const item = { title: 'Short', body: LONG, labels: [{ description: LONG }], notes: [LONG] }
    const cut = `${LONG.slice(0, 200)}…`
    expect(usualView([item])).toEqual({
      data: [{ title: 'Short', body: cut, labels: [{ description: cut }], notes: [cut] }],
      textsCut: true,
    })
  })

  test.each([
    ['of 200 characters', 'a b '.repeat(50)],
    ['that is an address', `https://example.com/${'path/'.repeat(60)}?a=b#c`],
    ['that is an address in another script', `https://example.com/${'päth/'.repeat(60)}`],
    ['that is an id or a cursor', 'Y3Vyc29yOnYyOpK5'.repeat(30)],
  ])('keeps a text %s', (_what, text) => {
    expect(usualView([{ text }])).toEqual({ data: [{ text }], textsCut: false })
  })

  test.each([
    ['that begins like an address', `note: ${LONG}`],
    ['with an address in it', `See https://example.com/1. ${LONG}`],
    ['in a language without spaces', '検索の索引が古い。'.repeat(30)],
    ['in a language without spaces that begins like an address', `note:${'検索、索引\n'.repeat(60)}`],
  ])('has a text cut %s', (_what, text) => {
    expect(shown({ text })).toEqual({ text: `${text.slice(0, 200)}…` })
  })

  test('never has a character cut in half', () => {
    const { text } = shown({ text: `${'a'.repeat(198)} 😀 and more` }) as { text: string }
    expect(text).toBe(`${'a'.repeat(198)} …`)
  })
})

test('members that say nothing are left out of items, and items are not left out', () => {
  const item = { id: 0, draft: false, body: '', closed_at: null, labels: [], milestone: { title: null }, gone: {} }
  expect(withoutEmpty([item, null, '', [], {}])).toEqual([{ id: 0, draft: false }, null, '', [], {}])
})

test.each([{ body: LONG, closed_at: null }, LONG, null, 7])('what is no list stays as it is: %j', (data) => {
  expect(usualView(data)).toEqual({ data, textsCut: false })
})

test('what is done is said in one sentence', () => {
  expect([false, true].flatMap((textsCut) => usualFieldsNotes({ data: [1], textsCut }))).toMatchInlineSnapshot(`
    [
      "Usual fields only; response_fields ["*"] gives all.",
      "Usual fields only, texts over 200 characters cut; response_fields ["*"] or names give them whole.",
    ]
  `)
})
