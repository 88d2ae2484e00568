import { describe, expect, test } from 'vitest'
import { packagedConnectors } from '../../../src/connectors/index.js'
import { Catalogue } from '../../../src/service/upstream/catalogue.js'
import { type ActionMatch, Search } from '../../../src/service/upstream/search.js'

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
  const found = await search.actions(need, { count: 4 })
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

test('where nothing serves a need, the nearest actions are found and say so; connectors are not', async () => {
  const found = await search.actions('zebra', { count: 5 })
  expect(found.map(({ fits }) => fits)).toEqual(Array(5).fill(false))
  expect(await search.connectors('zebra', { count: 5 })).toEqual([])
  const served = await search.actions('erase report.pdf permanently', { count: 50 })
  expect(served.every(({ fits }) => fits)).toBe(true)
})

describe('a search that is held to', () => {
  const names = (found: ActionMatch[]) => found.map(({ connector, action }) => `${connector.name}.${action.name}`)

  test('some connectors finds only their actions, even if another serves the need', async () => {
    const found = await search.actions('list the tables', { count: 50, connectors: new Set(['linear', 'slack']) })
    expect(new Set(found.map(({ connector }) => connector.name))).toEqual(new Set(['linear', 'slack']))
    expect(found.length).toBeGreaterThan(4)
  })

  test('effects finds only actions that have one of them', async () => {
    const need = 'comments of an issue in Linear'
    const [reads, creates] = [new Set(['read']), new Set(['create', 'update'])]
    expect(names(await search.actions(need, { count: 3, effects: reads }))).toContain('linear.list_comments')
    const found = await search.actions(need, { count: 50, effects: creates })
    expect(names(found)).toContain('linear.add_comment')
    expect(found.every(({ action }) => creates.has(action.effect))).toBe(true)
  })

  test('both is empty where no action is of such a connector and effect', async () => {
    const held = { count: 5, connectors: new Set(['arxiv']), effects: new Set(['delete']) }
    expect(await search.actions('erase it', held)).toEqual([])
  })

  test('a connector that does not exist is refused with those that come close', async () => {
    await expect(search.actions('x', { count: 5, connectors: new Set(['githob']) })).rejects.toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      message: expect.stringContaining('github'),
    })
  })
})

test('of connectors that serve a need alike, that comes first where an account is linked', async () => {
  const first = async (linked: string) => {
    const [found] = await search.actions('list the issues', { count: 1, preferred: new Set([linked]) })
    return found?.connector.name
  }
  expect([await first('github'), await first('linear')]).toEqual(['github', 'linear'])
})
