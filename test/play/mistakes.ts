import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { StdioProcess } from '../built/stdio-process.js'
import { BlindAgent, type Reading } from './blind-agent.js'
import { Person } from './person.js'

/** One thing that an agent does wrong, from which the texts lead back to the answer. */
interface Mistake {
  /** Whether the person is registered and the database linked before it. */
  before: 'nothing' | 'registered' | 'linked' | 'linked read-only'
  question?: 'rows' | 'change'
  /** @returns what the agent read of it */
  make: (stage: Stage) => Promise<string>
}

interface Stage {
  agent: BlindAgent
  person: Person
  file: string
  /** Lets the time of the server go on by eleven minutes. */
  letTimePass: () => Promise<void>
}

const QUERY = 'select count(*) as copies from sales'
const sql = (params: unknown, more: Record<string, unknown> = {}) => ({
  connector: 'sql',
  action: 'query',
  params,
  ...more,
})
const doing =
  (name: string, args: (stage: Stage) => Record<string, unknown>) =>
  async (stage: Stage): Promise<string> =>
    (await stage.agent.call(name, args(stage))).advice

export const MISTAKES: Record<string, Mistake> = {
  'an unknown user': { before: 'nothing', make: doing('list_integrations', () => ({})) },
  'a returning user who does not say so': {
    before: 'registered',
    make: doing('register_user', ({ person }) => ({ identifier: person.name })),
  },
  'not linked': { before: 'registered', make: doing('execute_connector', () => sql({ query: QUERY })) },
  'a wrong action': {
    before: 'linked',
    make: doing('execute_connector', () => sql({ query: QUERY }, { action: 'run_query' })),
  },
  'a connector in other case': { before: 'linked', make: doing('describe_connector', () => ({ connector: 'SQL' })) },
  'a wrong parameter': { before: 'linked', make: doing('execute_connector', () => sql({ sql: QUERY })) },
  'the url beside the arguments': {
    before: 'registered',
    make: doing('link_integration', ({ file }) => ({ connector: 'sql', url: `sqlite:///${file}` })),
  },
  'too many rows': {
    before: 'linked',
    question: 'rows',
    make: doing('execute_connector', () => sql({ query: 'select * from sales', limit: 100 })),
  },
  'a change on a read-only account': {
    before: 'linked read-only',
    question: 'change',
    make: doing('execute_connector', () => sql({ query: 'delete from sales where id = 1' })),
  },
  'a change by the tool that only reads': {
    before: 'linked',
    question: 'change',
    make: doing('read_connector', () => sql({ query: 'delete from sales where id = 1' })),
  },
  'a link that the person cancels': {
    before: 'registered',
    make: async (stage) => {
      stage.person.plans.push('cancels')
      const { facts } = await stage.agent.call('link_integration', { connector: 'sql' })
      return (await stage.agent.call('check_link', { link_id: facts.link_id })).advice
    },
  },
  'a link that expires': {
    before: 'registered',
    make: async (stage) => {
      stage.person.plans.push('does nothing')
      const { facts } = await stage.agent.call('link_integration', { connector: 'sql' })
      await stage.letTimePass()
      return (await stage.agent.call('check_link', { link_id: facts.link_id, wait_seconds: 0 })).advice
    },
  },
  'text in place of an object': {
    before: 'linked',
    make: doing('execute_connector', () => sql(JSON.stringify({ query: QUERY }))),
  },
}

/** What a play took. */
export interface Played {
  calls: string[]
  /** Of the results, as the agent read them. */
  tokens: number
}

const ROWS = 300

const PASSED = 'eleven minutes have passed'

/** The clock of the server can be moved on by a signal, so that nothing has to wait for a link to expire. */
const CLOCK = `const now = Date.now; let ahead = 0; Date.now = () => now() + ahead; process.on('SIGUSR2', () => { ahead += 11 * 60_000; process.stderr.write('${PASSED}\\n') })`

/**
 * Plays one mistake from an empty folder to the answer.
 * @param main the built command
 * @throws Error where the texts do not lead there
 */
export async function play(main: string, mistake: Mistake | undefined, reading: Reading): Promise<Played> {
  const home = mkdtempSync(join(tmpdir(), 'connectors-play-'))
  const file = join(home, 'shop.db')
  const database = new DatabaseSync(file)
  database.exec('create table sales (id integer primary key, title text)')
  database.exec(
    `insert into sales with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS}) select i, 'Momo' from n`,
  )
  database.close()
  const clock = join(home, 'clock.mjs')
  writeFileSync(clock, CLOCK)
  const changes = mistake?.question === 'change'
  const person = new Person({
    file,
    questions: changes
      ? { first: 'delete from sales where id = 1', narrow: 'delete from sales where id = 1' }
      : { first: QUERY, narrow: QUERY },
    isContent: (data) => JSON.stringify(data) === (changes ? '{"affected_rows":1}' : `[{"copies":${ROWS}}]`),
  })
  const start = () => new StdioProcess(['--import', clock, resolve(main)], { HOME: home })
  let server = start()
  try {
    if (mistake && mistake.before !== 'nothing') {
      await server.tryCall('register_user', { identifier: person.name })
      await server.tryCall('authenticate', {})
    }
    if (mistake?.before.startsWith('linked')) {
      person.plans.push(mistake.before === 'linked' ? 'links it' : 'links it read-only')
      const { shown } = await server.call('link_integration', { connector: 'sql' })
      await person.open(shown.url)
      await server.call('check_link', { link_id: shown.link_id })
    }
    if (mistake?.before === 'registered' && mistake === MISTAKES['a returning user who does not say so']) {
      await server.end()
      server = start()
    }
    const agent = new BlindAgent(server, reading, person)
    const letTimePass = async () => {
      server.child.kill('SIGUSR2')
      while (!server.stderr.includes(PASSED)) await server.request('tools/list')
    }
    const instructions = await agent.arrive()
    const said = mistake ? await mistake.make({ agent, person, file, letTimePass }) : instructions
    if (!agent.answered) await agent.follow(said)
    return { calls: agent.calls, tokens: agent.tokens }
  } finally {
    await server.end()
    rmSync(home, { recursive: true, force: true })
  }
}
