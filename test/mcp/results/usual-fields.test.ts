import { describe, expect, test } from 'vitest'
import { fieldsToShow, usualFieldsNotes } from '../../../src/mcp/results/usual-fields.js'

const USUAL = ['id', 'title']
const usual = { responseFields: USUAL, areUsual: true }
const all = { responseFields: undefined, areUsual: false }

describe('the fields of an answer that a model gets', () => {
  test.each<[string, Parameters<typeof fieldsToShow>[0]]>([
    ['no fields', {}],
    ['an empty list', { response_fields: [] }],
    ['no fields, with parameters', { params: { repo: 'r', select: null, fields: '' } }],
    ['values under the name of a choice', { params: { fields: [{ id: 1, value: 'Done' }] } }],
  ])('are the usual ones for a call that names %s', (_name, asked) => {
    expect(fieldsToShow(asked, USUAL)).toEqual(usual)
    expect(fieldsToShow(asked, [])).toEqual(all)
  })

  test.each<[string, Parameters<typeof fieldsToShow>[0]]>([
    ['all of them', { response_fields: ['*'] }],
    ['all of them and one', { response_fields: ['id', '*'] }],
    ['members to the third party', { params: { select: ['subject', 'from'] } }],
    ['members to the third party in one text', { params: { fields: 'files(id,name)' } }],
    ['fields within the parameters', { params: { response_fields: ['id'] } }],
  ])('are all that the service gives for a call that names %s', (_name, asked) => {
    expect(fieldsToShow(asked, USUAL)).toEqual(all)
  })

  test('are those that the call names', () => {
    expect(fieldsToShow({ response_fields: ['url'] }, USUAL)).toEqual({ responseFields: ['url'], areUsual: false })
  })
})

test('where the answer holds nothing, nothing is said about its fields', () => {
  const notes = (data: unknown) => usualFieldsNotes({ data, textsCut: false })
  expect([[], {}, null, 'text', 7].flatMap(notes)).toEqual([])
  expect([[{}], { id: 1 }].flatMap(notes)).toHaveLength(2)
})
