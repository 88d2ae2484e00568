import { describe, expect, test } from 'vitest'
import { usualFieldsNotes } from '../../../src/mcp/results/usual-fields.js'
import { usualView } from '../../../src/mcp/results/usual-view.js'

const LONG = 'word '.repeat(60)
const shown = (item: unknown) => (usualView([item]).data as unknown[])[0]

describe('a list of which the model named no fields', () => {
  test('has its long texts cut, wherever they are in an item', () => {
    const item = { title: 'Short', body: LONG, labels: [{ description: LONG }], notes: [LONG] }
    const cut = `${LONG.slice(0, 200)}…`
    expect(usualView([item])).toEqual({
      data: [{ title: 'Short', body: cut, labels: [{ description: cut }], notes: [cut] }],
      textsCut: true,
      emptyLeftOut: false,
    })
  })

  test.each([
    ['of 200 characters', 'a b '.repeat(50)],
    ['that is an address', `https://example.com/${'path/'.repeat(60)}?a=b#c`],
    ['that is an address in another script', `https://example.com/${'päth/'.repeat(60)}`],
    ['that is an id or a cursor', 'Y3Vyc29yOnYyOpK5'.repeat(30)],
  ])('keeps a text %s', (_what, text) => {
    expect(usualView([{ text }])).toEqual({ data: [{ text }], textsCut: false, emptyLeftOut: false })
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

  test('has no members that say nothing', () => {
    const item = { id: 0, draft: false, body: '', closed_at: null, labels: [], milestone: { title: null }, gone: {} }
    expect(usualView([item])).toEqual({ data: [{ id: 0, draft: false }], textsCut: false, emptyLeftOut: true })
    expect(usualView([null, '', [], {}])).toEqual({ data: [null, '', [], {}], textsCut: false, emptyLeftOut: false })
  })
})

test.each([{ body: LONG, closed_at: null }, LONG, null, 7])('what is no list stays as it is: %j', (data) => {
  expect(usualView(data)).toEqual({ data, textsCut: false, emptyLeftOut: false })
})

test('what is done is said in one sentence', () => {
  const all = [
    { textsCut: false, emptyLeftOut: false },
    { textsCut: false, emptyLeftOut: true },
    { textsCut: true, emptyLeftOut: false },
    { textsCut: true, emptyLeftOut: true },
  ]
  expect(all.flatMap((done) => usualFieldsNotes({ data: [1], ...done }))).toMatchInlineSnapshot(`
    [
      "Only the usual fields are shown; response_fields ["*"] gives all.",
      "Only the usual fields are shown, without empty ones; response_fields ["*"] gives all.",
      "Only the usual fields are shown, and texts over 200 characters are cut; response_fields ["*"], or names of fields, give them whole.",
      "Only the usual fields are shown, without empty ones, and texts over 200 characters are cut; response_fields ["*"], or names of fields, give them whole.",
    ]
  `)
})
