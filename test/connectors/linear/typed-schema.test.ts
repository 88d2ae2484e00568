import { LinearDocument } from '@linear/sdk'
import { NoDeprecatedCustomRule, parse, validate, validateSchema } from 'graphql'
import { expect, test } from 'vitest'
import { linearSchema } from './typed-schema.js'

test('the schema is a valid one', () => {
  expect(validateSchema(linearSchema())).toEqual([])
})

test("every document of the vendor's own client fits the schema", () => {
  const exported: Readonly<Record<string, unknown>> = LinearDocument
  const documents = Object.keys(exported).filter((name) => name.endsWith('Document'))
  expect(documents.length).toBeGreaterThan(600)
  const faults = documents.flatMap((name) => validate(linearSchema(), parse(String(exported[name]))))
  expect(faults.map(String)).toEqual([])
})

test('the schema objects to what it does not have', () => {
  const document = parse('query ($f: IssueFilter) { issues(filter: $f, page: 1) { nodes { id headline } } }')
  expect(validate(linearSchema(), document).map(({ message }) => message)).toEqual([
    'Unknown argument "page" on field "Query.issues".',
    'Cannot query field "headline" on type "Issue".',
  ])
})

test('the schema knows what is deprecated', () => {
  const document = parse('query ($id: String!) { issue(id: $id) { boardOrder title } }')
  const faults = validate(linearSchema(), document, [NoDeprecatedCustomRule])
  expect(faults.map(String)).toEqual([expect.stringContaining('The field Issue.boardOrder is deprecated')])
})
