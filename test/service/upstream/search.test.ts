import { expect, test } from 'vitest'
import { packagedConnectors } from '../../../src/connectors/index.js'
import { Catalogue } from '../../../src/service/upstream/catalogue.js'
import { Search } from '../../../src/service/upstream/search.js'

/** Needs in other words than those of the examples, and the action that serves each. */
const NEEDS: Readonly<Record<string, readonly (readonly [need: string, action: string])[]>> = {
  arxiv: [
    ['names of the authors and the summary of arXiv 1706.03762', 'get_paper_metadata'],
    ['academic studies on protein folding', 'search_papers'],
    ['save preprint 2401.00001 so that I can print it', 'download_paper'],
  ],
  dexscreener: [
    ['how liquid is this cryptocurrency, and on which blockchain', 'get_token_pools'],
    ['was an advertisement purchased to promote it', 'check_token_orders'],
    ['find trading pairs with the symbol DOGE', 'search_pairs'],
  ],
  github: [
    ['raise a ticket in acme/site: the login page crashes', 'create_issue'],
    ['newest published version of the software on GitHub', 'list_releases'],
    ['merged pull requests that mention the cache', 'github_search_pr'],
  ],
  google_drive: [
    ['invite ada@example.com to edit budget.xlsx', 'create_permission'],
    ['create a directory called Invoices in Google Drive', 'create_folder'],
    ['erase report.pdf permanently', 'delete_file'],
  ],
  hackernews: [
    ['most popular articles on Hacker News this morning', 'top_stories_get'],
    ['articles that the account tptacek submitted', 'user_stories_get'],
    ['comments that others left on my submissions', 'user_received_get'],
  ],
  linear: [
    ['change the priority of a Linear issue to urgent', 'update_issue'],
    ['add a note to the issue ENG-7', 'add_comment'],
    ['members and workflow states of the mobile team', 'get_team'],
  ],
  slack: [
    ['write "we are live" in the marketing channel', 'chat_post_message'],
    ['whole discussion below a Slack message', 'conversations_replies'],
    ['show the members of the Slack workspace', 'users_list'],
  ],
  sql: [
    ['relations in the public schema of Postgres', 'list_tables'],
    ['primary and foreign keys of customers', 'describe_table'],
    ['select the ten best customers from MySQL', 'query'],
  ],
}

/**
 * Needs whose action is not found where it should be. Four actions read pull requests, and the words do not say that only one of
 * them searches in texts.
 */
const FOURTH = new Set(['merged pull requests that mention the cache'])

const catalogue = new Catalogue({ entries: packagedConnectors })
const search = new Search({ catalogue })
const cases = Object.entries(NEEDS).flatMap(([connector, needs]) =>
  needs.map(([need, action]) => ({ need, name: `${connector}.${action}` })),
)

test('there are three needs for each connector', () => {
  expect(Object.keys(NEEDS)).toEqual(catalogue.names())
  expect(Object.values(NEEDS).map(({ length }) => length)).toEqual(catalogue.names().map(() => 3))
})

test.each(cases)('$need: $name is among the first three, or known to come fourth', async ({ need, name }) => {
  const found = await search.actions(need, 4)
  const place = found.findIndex(({ connector, action }) => `${connector.name}.${action.name}` === name)
  expect(place === 3).toBe(FOURTH.has(need))
  expect(place).toBeGreaterThanOrEqual(0)
})

/** Words of grammar, which needs and examples have in common as a rule. */
const GRAMMAR = new Set(['from', 'have', 'that', 'this', 'what', 'which', 'with'])
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z]{4,}/g) ?? []).filter((word) => !GRAMMAR.has(word))

test.each(cases)('$need: the examples say it in other words', async ({ need, name }) => {
  const [connector = '', action] = name.split('.')
  const { actions } = await catalogue.summary(connector)
  const examples = wordsOf(actions.find((each) => each.name === action)?.examples.join(' ') ?? expect.fail(name))
  const words = wordsOf(need)
  const shared = words.filter((word) => examples.includes(word))
  expect(shared.length, shared.join(' ')).toBeLessThanOrEqual(words.length / 2)
})

test('what is merely nearest is left out, so that a need that nothing serves finds nothing', async () => {
  expect(await search.actions('zebra', 5)).toEqual([])
  expect(await search.connectors('zebra', 5)).toEqual([])
})
