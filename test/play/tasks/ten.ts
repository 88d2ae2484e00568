import { BEST_SELLERS, SHOPS } from '../../../demo/shops.js'
import { type Answer, itemsOf, type KnownAction, type TaskAgent } from './agent.js'
import type { Linked, World } from './world.js'

/** Something that a person asks of an agent. */
export interface Task {
  name: string
  linked: Linked
  /** @throws Error where what the agent reads does not lead to what the person wanted */
  play(agent: TaskAgent, world: World): Promise<void>
}

const REPOSITORY = { owner: 'example-labs', repo: 'workbench' }
const COMMITS = 'recent commits of a repository'

function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`The task is not done: ${what}`)
}

const first = async (agent: TaskAgent, words: string, action: RegExp): Promise<KnownAction> => {
  const [found] = await agent.find(words, [action])
  if (!found) throw new Error(`Nothing was found for "${words}"`)
  return found
}

/** Everything that the person knows of a search for issues. */
const SEARCH = { query: 'import', sort: 'updated' }

async function link(agent: TaskAgent, { person }: World): Promise<void> {
  const found = await first(agent, person.need, /^query$/)
  expectThat(!found.isLinked, 'nothing is linked at the beginning')
  const begun = await agent.call('link_integration', { connector: found.connector })
  await person.open(String(begun.facts.url))
  const checked = await agent.call('check_link', { link_id: begun.facts.link_id })
  expectThat(checked.facts.status === 'linked', 'the account is linked')
}

async function followUp(agent: TaskAgent): Promise<void> {
  const search = await first(agent, 'search issues by words', /^github_search_issue$/)
  const [issue] = itemsOf((await agent.run(search, SEARCH)).facts.data)
  const comment = await first(agent, 'comment on an issue at GitHub', /^add_issue_comment$/)
  const { facts } = await agent.run(comment, { ...REPOSITORY, issue_number: issue?.number, body: 'Seen.' })
  expectThat(JSON.stringify(facts.data).includes('Seen.'), 'the comment is there')
}

/** The titles of a hundred issues: where they are cut, the agent goes on with what it is offered. */
async function longAnswer(agent: TaskAgent): Promise<void> {
  const search = await first(agent, 'search issues by words', /^github_search_issue$/)
  const answer = await agent.run(search, { ...SEARCH, per_page: 100 })
  let items = itemsOf(answer.facts.data)
  if (items.length < 100) items = itemsOf((await fewerFields(agent, search, answer)).facts.data)
  expectThat(items.length === 100 && items.every(({ title }) => typeof title === 'string'), 'a hundred titles')
}

function fewerFields(agent: TaskAgent, search: KnownAction, { facts }: Answer): Promise<Answer> {
  const response_fields = ['number', 'title']
  const { handle } = (facts.meta ?? {}) as { handle?: string }
  return handle && agent.has('read_result')
    ? agent.call('read_result', { handle, response_fields })
    : agent.run(search, { ...SEARCH, per_page: 100 }, { response_fields })
}

/** What sells best in both shops. */
async function allAccounts(agent: TaskAgent): Promise<void> {
  const query = await first(agent, 'ask a database with SQL', /^query$/)
  const takesAll = /\* reads from all/.test(agent.textOf('execute_connector', 'identifier'))
  const results: unknown[] = []
  if (takesAll) {
    const { facts } = await agent.run(query, BEST_SELLERS, { identifier: '*' })
    results.push(...itemsOf(facts.data ?? facts.results))
  } else {
    const { facts } = await agent.call('list_integrations', { connector: query.connector })
    for (const { user_identifier: identifier } of facts.integrations as { user_identifier: string }[])
      results.push((await agent.run(query, BEST_SELLERS, { identifier })).facts.data)
  }
  const text = JSON.stringify(results)
  expectThat(results.length === SHOPS.length && /Momo/.test(text) && /Blindness/.test(text), 'both shops answered')
}

async function moveFile(agent: TaskAgent): Promise<void> {
  const download = await first(agent, 'download a scanned document', /^download_scan$/)
  const answer = await agent.run(download, { name: 'invoice-17' })
  const { handle, filename, content_type } = answer.facts.data as Record<string, unknown>
  const put = await first(agent, 'put a document into the binder', /^put_paper$/)
  const file = handle === undefined ? { filename, content_type, base64: answer.blob } : { handle }
  const { facts } = await agent.run(put, { folder: 'invoices', file })
  expectThat((facts.data as { same?: boolean }).same === true, 'the same bytes arrived')
}

/** From habit the agent calls what it does not know, and goes by what it is told. */
async function correctedError(agent: TaskAgent): Promise<void> {
  const args = {
    connector: 'GitHub',
    action: 'list_commit',
    params: { owner: 'example-labs', repository: 'workbench' },
  }
  const call = { ...args, params: { ...args.params } as Record<string, unknown> }
  for (let tries = 0; tries < 6; tries += 1) {
    const answer = await agent.call('execute_connector', call)
    if (!answer.failed) return expectThat(itemsOf(answer.facts.data).length === 30, 'thirty commits')
    const [, candidate] = /\(did you mean ([\w-]+)/.exec(answer.advice) ?? []
    const [, missing] = /(\w+): is missing/.exec(answer.advice) ?? []
    const [, unknown] = /(\w+): is not a parameter/.exec(answer.advice) ?? []
    if (candidate && /connector has that name|no connector/i.test(answer.advice)) call.connector = candidate
    else if (candidate && /no action of that name/.test(answer.advice)) call.action = candidate
    else if (missing && unknown) {
      const { [unknown]: value, ...rest } = call.params
      call.params = { ...rest, [missing]: value }
    } else throw new Error(`Nothing to do is named in: ${answer.advice}`)
  }
  throw new Error('The texts lead in a circle.')
}

async function askDatabase(agent: TaskAgent): Promise<void> {
  const [tables, describe, query] = await agent.find('ask a database with SQL', [
    /^list_tables$/,
    /^describe_table$/,
    /^query$/,
  ])
  if (!tables || !describe || !query) throw new Error('The actions of a database were not found.')
  const [table] = itemsOf((await agent.run(tables, {})).facts.data)
  await agent.run(describe, { table: table?.name, name: table?.name })
  const { facts } = await agent.run(query, BEST_SELLERS)
  expectThat(itemsOf(facts.data).length > 0, 'the best sellers')
}

/** The same ten for each build. */
export const TASKS: readonly Task[] = [
  {
    name: 'find the action for a need',
    linked: 'github',
    play: async (agent) => void (await first(agent, COMMITS, /^list_commits$/)),
  },
  { name: 'link a database', linked: 'nothing', play: link },
  {
    name: 'read the commits of a repository',
    linked: 'github',
    async play(agent) {
      const answer = await agent.run(await first(agent, COMMITS, /^list_commits$/), REPOSITORY)
      expectThat(itemsOf(answer.facts.data).length === 30, 'thirty commits')
    },
  },
  {
    name: 'write an issue',
    linked: 'github',
    async play(agent) {
      const create = await first(agent, 'report a bug on GitHub', /^create_issue$/)
      const { facts } = await agent.run(create, { ...REPOSITORY, title: 'Import fails', body: 'With umlauts.' })
      expectThat(typeof (facts.data as { number?: unknown }).number === 'number', 'the issue has a number')
    },
  },
  { name: 'follow up: comment on what was found', linked: 'github', play: followUp },
  { name: 'a long answer: 100 titles', linked: 'github', play: longAnswer },
  { name: 'one question to two accounts', linked: 'shops', play: allAccounts },
  { name: 'a file of 15 kB to another place', linked: 'nothing', play: moveFile },
  { name: 'three errors corrected', linked: 'github', play: correctedError },
  { name: 'a query on an unknown database', linked: 'shops', play: askDatabase },
]
