import { expect, test } from 'vitest'
import { closeNames, didYouMean } from '../../src/base/close-names.js'

test('similar names are suggested, the best first, and dissimilar ones are not', () => {
  const names = ['list_issues', 'list_pull_requests', 'get_issue', 'create_issue', 'star_repo']
  expect(closeNames('list_isues', names)[0]).toBe('list_issues')
  expect(closeNames('issue.create', names)[0]).toBe('create_issue')
  expect(closeNames('zzz', names)).toEqual([])
  expect(closeNames('', names)).toEqual([])
})

test.each([
  ['tokne', ' (did you mean token?)'],
  ['user', ' (did you mean username?)'],
  ['hostname', ' (did you mean host?)'],
  ['SQL', ''],
  ['dbname', ''],
  ['file', ''],
])('in the place of %s a field is suggested only if it is close', (wrong, suggestion) => {
  expect(didYouMean(wrong, ['host', 'port', 'database', 'username', 'password', 'token'])).toBe(suggestion)
})
