import { join } from 'node:path'
import { z } from 'zod'
import type { Agent } from './agent.js'
import { openPage, sendForm } from './browser.js'
import { PERSON, REPOSITORY } from './github.js'
import { chapter, fields, page, type Row, say, step, table } from './print.js'
import { BEST_SELLERS, SHOPS } from './shops.js'

const row = z.record(z.string(), z.unknown())
const linked = z.looseObject({ status: z.literal('linked'), selected: z.boolean() })
const pending = z.looseObject({ status: z.literal('pending'), url: z.string(), code: z.string() })
/** Rows as a list, or as a table, as which four and more come. */
const rows = z.union([
  z
    .object({ columns: z.array(z.string()), rows: z.array(z.array(z.unknown())) })
    .transform(({ columns, rows }) =>
      rows.map((cells) => Object.fromEntries(columns.map((name, at) => [name, cells[at]]))),
    ),
  z.array(row),
])
const executed = z.object({ data: z.unknown(), acted_as: z.string() })

/** The story goes on only as it is told. @throws Error */
function expect(what: string, happened: unknown, told: unknown): void {
  if (happened !== told) throw new Error(`${what} should be "${String(told)}", but is "${String(happened)}".`)
}

/** The first part: a user, two databases, and which of them answers. @param folder where the databases are */
export async function tellOfDatabases(agent: Agent, folder: string): Promise<void> {
  chapter('Part one: two databases of one person')
  await logIn(agent)
  for (const shop of SHOPS) await linkShop(agent, shop, join(folder, `${shop}.db`))
  say('The first account of a connector becomes its default; the second changes nothing about that.')

  step('Ask, and name no account: the default answers')
  await bestSellers(agent, {}, 'berlin')

  step('Make the other one the default, and ask the same')
  const chosen = await agent.call('set_default_integration', { connector: 'sql', identifier: 'lisbon' }, row)
  fields(chosen.shown)
  await bestSellers(agent, {}, 'lisbon')

  step('Ask the one that is not the default, by its name')
  await bestSellers(agent, { identifier: 'berlin' }, 'berlin')

  step('Unlink the default, and see which account took over')
  const { shown } = await agent.call('delete_integration', { connector: 'sql', identifier: 'lisbon' }, row)
  fields(shown)
  expect('The new default', shown.new_default, 'berlin')
  await listAccounts(agent, 'sql')
}

async function logIn(agent: Agent): Promise<void> {
  step('Register a user, once per person')
  const user = await agent.call('register_user', { identifier: 'mona@example.com' }, row)
  fields(user.shown)
  expect('Whether a secret came into the conversation', user.hasPartForPerson, false)
  say("The user's secret was saved on this machine, where later conversations find it. It was not shown.")

  step('Log in: the secret is saved, so it need not be typed')
  fields((await agent.call('authenticate', {}, row)).shown)

  step('See which connectors there are')
  const { shown } = await agent.call('list_connectors', {}, z.object({ connectors: z.array(row) }))
  table(shown.connectors)
}

async function linkShop(agent: Agent, shop: string, file: string): Promise<void> {
  step(`Link the database of the shop in ${shop.charAt(0).toUpperCase()}${shop.slice(1)}`)
  const configuration = { url: `sqlite:///${file}`, identifier: shop, read_only: true }
  const { shown } = await agent.call('link_integration', { connector: 'sql', configuration }, linked)
  fields(shown)
  expect(`Whether ${shop} is the default`, shown.selected, shop === SHOPS[0])
}

async function bestSellers(agent: Agent, named: { identifier?: string }, account: string): Promise<void> {
  const args = { connector: 'sql', action: 'query', params: BEST_SELLERS, ...named }
  const { shown } = await agent.call('execute_connector', args, executed)
  table(rows.parse(shown.data))
  actedAs(shown.acted_as, account)
}

function actedAs(happened: string, told: string): void {
  say(`acted_as: ${happened}`)
  expect('The account that acted', happened, told)
}

async function listAccounts(agent: Agent, connector: string): Promise<void> {
  const { shown } = await agent.call(
    'list_integrations',
    { connector },
    z.object({ integrations: z.array(row).length(1) }),
  )
  table(shown.integrations)
}

/** The second part: an account at a third party, linked on a page that the person opens, and used. */
export async function tellOfGithub(agent: Agent): Promise<void> {
  chapter('Part two: an account at GitHub (an emulator on this machine), linked by OAuth 2')
  await linkGithub(agent)

  step('See that the account is there')
  await listAccounts(agent, 'github')

  step('Open an issue')
  const title = 'Momo is nearly sold out in Berlin'
  const body = 'Five copies went on 5 September. Shall we order more?'
  const issue = z
    .object({ number: z.number(), title: z.string(), state: z.string(), user: z.object({ login: z.string() }) })
    .parse(await github(agent, 'create_issue', { title, body }))
  fields({ number: issue.number, title: issue.title, state: issue.state, 'user.login': issue.user.login })
  expect('Who opened the issue', issue.user.login, PERSON)

  step('Comment on it, and list the comments')
  const { number: issue_number } = issue
  await github(agent, 'add_issue_comment', { issue_number, body: 'Twenty copies are on their way.' }, ['id'])
  table(flat(await github(agent, 'list_issues_comments', { issue_number }, ['user.login', 'body'])))

  step('List the commits of the repository')
  table(flat(await github(agent, 'list_commits', {}, ['sha', 'commit.message'])))
}

async function linkGithub(agent: Agent): Promise<void> {
  step('Ask for a link: the agent gets an address for the person to open')
  const { shown, nextStep = '' } = await agent.call('link_integration', { connector: 'github' }, pending)
  fields({ status: shown.status, url: shown.url, code: shown.code })
  say(nextStep)

  step('The person opens it in a browser, and connectors-mcp says what will be linked')
  const ours = await openPage(shown.url)
  page(ours)
  const proceed = ours.forms.find(({ action }) => action.endsWith('/authorize'))
  if (!proceed) throw new Error('The page of connectors-mcp does not lead on to GitHub.')

  step('The person goes on, and GitHub asks')
  const consent = await sendForm(proceed)
  page(consent)

  step(`The person picks ${PERSON}, and GitHub sends the browser on to connectors-mcp`)
  const form = consent.forms.find(({ fields }) => fields.login === PERSON)
  if (!form) throw new Error(`GitHub's page does not offer ${PERSON}.`)
  const end = await sendForm(form)
  page(end)
  expect('Whether the last page says that GitHub is linked', end.lines.includes('GitHub is linked'), true)
}

async function github(agent: Agent, action: string, params: Row, response_fields?: string[]): Promise<unknown> {
  const shaping = response_fields ? { response_fields } : {}
  const args = { connector: 'github', action, params: { ...REPOSITORY, ...params }, ...shaping }
  const { shown } = await agent.call('execute_connector', args, executed)
  actedAs(shown.acted_as, PERSON)
  return shown.data
}

/** Items with their members' members as columns: `user.login`. */
const flat = (items: unknown): Row[] =>
  z
    .array(row)
    .min(1)
    .parse(items)
    .map((item) =>
      Object.fromEntries(
        Object.entries(item).flatMap(([name, value]) => {
          const members = row.safeParse(value)
          if (!members.success) return [[name, value]]
          return Object.entries(members.data).map(([member, inner]) => [`${name}.${member}`, inner])
        }),
      ),
    )
