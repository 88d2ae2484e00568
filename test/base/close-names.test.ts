import { expect, test } from 'vitest'
import { closeNames, didYouMean, mostLikely } from '../../src/base/close-names.js'
import { cpuTimeOf } from '../cpu-time.js'

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

test.each([
  ['repository', ['owner', 'repo', 'state'], ' (did you mean repo?)'],
  ['repository_name', ['owner', 'repo', 'state'], ' (did you mean repo?)'],
  ['number', ['issue_number', 'title'], ' (did you mean issue_number?)'],
  ['maxResults', ['max_results', 'page'], ' (did you mean max_results?)'],
  ['organisation', ['org', 'repo'], ' (did you mean org?)'],
  ['or', ['org', 'order'], ' (did you mean org?)'],
  ['page', ['per_page', 'page_token'], ' (did you mean page_token or per_page?)'],
  ['body', ['base', 'title'], ''],
])('a name that is cut short or written out is recognised: %s', (wrong, names, suggestion) => {
  expect(didYouMean(wrong, names)).toBe(suggestion)
})

test('of actions and connectors the three most likely are named, though none is very similar', () => {
  const actions = ['create_issue', 'list_issues', 'create_pull_request', 'create_repository', 'star_repo']
  expect(mostLikely('create_ticket', actions)).toBe(
    ' (did you mean create_issue, create_repository or create_pull_request?)',
  )
  expect(mostLikely('gdrive', ['google_drive', 'github', 'gmail'])).toBe(' (did you mean google_drive?)')
  expect(mostLikely('nothing of the kind', actions)).toBe('')
})

test('a long or odd text takes no time', () => {
  const names = Array.from({ length: 500 }, (_, at) => `action_of_that_number_${at}`)
  const odd = ['a_'.repeat(1_000_000), '_'.repeat(1_000_000), 'aA'.repeat(50), 'a_'.repeat(50)]
  const taken = cpuTimeOf(() => {
    for (const wrong of odd) for (const find of [closeNames, didYouMean, mostLikely]) find(wrong, names)
  })
  expect(taken).toBeLessThan(2_000)
})
