// npm run bench:tasks: ten tasks, played over the built server by an agent that goes by its texts, in calls and o200k tokens: what it reads, and
// what it writes. BEFORE=FOLDER: another built checkout, beside this one; that of commit 2ce80df is what docs/tools.md compares with.
import { resolve } from 'node:path'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { everyConnector } from '../test/connectors/proof/connectors.js'
import { type ListedTool, type Taken, TaskAgent } from '../test/play/tasks/agent.js'
import { TASKS } from '../test/play/tasks/ten.js'
import { openWorld } from '../test/play/tasks/world.js'

interface Build {
  name: string
  main: string
}

const here: Build = { name: 'now', main: resolve(import.meta.dirname, '../dist/main.js') }
const before = process.env.BEFORE
const builds: Build[] = [...(before ? [{ name: 'before', main: resolve(before, 'dist/main.js') }] : []), here]

const print = (line = ''): void => void process.stdout.write(`${line}\n`)
const tokensOf = (value: unknown): number =>
  value === undefined ? 0 : encode(typeof value === 'string' ? value : JSON.stringify(value)).length
const row = (first: string, cells: readonly (string | number)[]): void =>
  print(`${first.padEnd(40)}${cells.map((cell) => String(cell).padStart(9)).join('')}`)

interface Listed {
  tools: (ListedTool & { outputSchema?: unknown })[]
  instructions: string
}

/** What every conversation begins with. */
async function listed({ main }: Build): Promise<Listed> {
  const world = await openWorld(main, 'nothing')
  try {
    const { tools } = (await world.server.request('tools/list')) as unknown as Pick<Listed, 'tools'>
    const { instructions = '' } = (await world.server.request('server/discover')) as { instructions?: string }
    return { tools, instructions }
  } finally {
    await world.close()
  }
}

/** What clients give to a model of each tool. */
const forModel = ({ name, description, inputSchema }: ListedTool) => ({ name, description, inputSchema })

function printTools(lists: readonly Listed[]): void {
  row(
    'tools/list',
    builds.map(({ name }) => name),
  )
  const names = [...new Set(lists.flatMap(({ tools }) => tools.map(({ name }) => name)))].sort()
  for (const name of names)
    row(
      `  ${name}`,
      lists.map(({ tools }) => tokensOf(tools.find((one) => one.name === name))),
    )
  row(
    'all',
    lists.map(({ tools }) => tokensOf(tools)),
  )
  row(
    'names, texts and parameters alone',
    lists.map(({ tools }) => tokensOf(tools.map(forModel))),
  )
  row(
    'instructions',
    lists.map(({ instructions }) => tokensOf(instructions)),
  )
  print()
}

/** What a search for five actions takes, with the examples of all actions as needs. */
async function printSearch({ main, name }: Build): Promise<void> {
  const examples = everyConnector.flatMap(({ connector }) => connector.actions.flatMap((action) => action.examples))
  const world = await openWorld(main, 'nothing')
  const sizes: number[] = []
  for (const query of examples) {
    const { content } = await world.server.call('search_actions', { query })
    sizes.push(tokensOf(content[0]?.text))
  }
  await world.close()
  sizes.sort((a, b) => a - b)
  const quantile = (part: number): number => sizes[Math.floor((sizes.length - 1) * part)] ?? 0
  row(`search_actions (${name})`, ['queries', 'p50', 'p95', 'most'])
  row('', [sizes.length, quantile(0.5), quantile(0.95), quantile(1)])
  print()
}

type Outcome = Taken | { failure: string }

async function played(task: (typeof TASKS)[number], { main }: Build, tools: readonly ListedTool[]): Promise<Outcome> {
  const world = await openWorld(main, task.linked)
  const agent = new TaskAgent(world.server, tools)
  try {
    await task.play(agent, world)
    if (process.env.WAYS) print(`  ${task.name}: ${agent.way.join(', ')}`)
    return agent.taken
  } catch (error) {
    return { failure: `${(error as Error).message.slice(0, 300)} (${agent.way.join(', ')})` }
  } finally {
    await world.close()
  }
}

const COLUMNS: readonly [title: string, member: keyof Taken][] = [
  ['calls', 'calls'],
  ['read', 'read'],
  ['with all', 'readAll'],
  ['written', 'written'],
]

const lists = []
for (const build of builds) lists.push(await listed(build))
printTools(lists)
for (const [at, build] of builds.entries())
  if (lists[at]?.tools.some(({ name }) => name === 'search_actions')) await printSearch(build)
row(
  'ten tasks',
  COLUMNS.flatMap(([title]) => builds.map(({ name }) => (name === 'now' ? 'now' : title))),
)
const sums = new Map<string, number>()
for (const task of TASKS) {
  const outcomes: Outcome[] = []
  for (const [at, build] of builds.entries()) outcomes.push(await played(task, build, lists[at]?.tools ?? []))
  row(
    task.name,
    COLUMNS.flatMap(([, member]) =>
      outcomes.map((outcome, at) => {
        if ('failure' in outcome) return '-'
        const key = `${member} ${at}`
        sums.set(key, (sums.get(key) ?? 0) + outcome[member])
        return outcome[member]
      }),
    ),
  )
  for (const outcome of outcomes) {
    if (!('failure' in outcome)) continue
    print(`  failed: ${outcome.failure}`)
    process.exitCode = 1
  }
}
row(
  'all ten',
  COLUMNS.flatMap(([, member]) => builds.map((_, at) => sums.get(`${member} ${at}`) ?? 0)),
)
print('read: texts and embedded files; with all: the structured form, too. tools/list comes once to each conversation.')
