// node --import tsx bench/connectors.ts: what a connector of the package costs its author, in lines of source for each action, and
// a model, in o200k tokens for each action that describe_connector shows with its parameters. Lines are those that are not empty;
// what connectors of one vendor share (src/connectors/providers) is in none of them.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import ts from 'typescript'
import { actionEntries } from '../src/api/answers/action-entries.js'
import { packagedConnectors } from '../src/connectors/index.js'
import { type Connector, schemasOf, summaryOf } from '../src/kit/index.js'
import { isAnswer, type ToolCall } from '../src/mcp/tool.js'
import { describeConnector } from '../src/mcp/tools/describe-connector.js'

const FOLDER = resolve(import.meta.dirname, '../src/connectors')

/** The texts of a connector's files: one, or all of its folder. */
function sourcesOf(name: string): string[] {
  const folder = join(FOLDER, name)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [readFileSync(`${folder}.ts`, 'utf8')]
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
}

const linesIn = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length

/** The lines of the calls of `defineAction`, which hold all that is said of an action. */
function linesOfDefinitions(source: string): number {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true)
  let lines = 0
  const visit = (node: ts.Node): void => {
    const isDefinition = ts.isCallExpression(node) && node.expression.getText(file) === 'defineAction'
    if (isDefinition) lines += linesIn(node.getText(file))
    else ts.forEachChild(node, visit)
  }
  visit(file)
  return lines
}

/** The tokens of each action as describe_connector shows it. */
async function tokensOf(connector: Connector): Promise<number[]> {
  const schemas = { [connector.name]: actionEntries(summaryOf(connector), schemasOf(connector)) }
  const call = { client: async () => ({ connectorSchemas: async () => schemas }) } as unknown as ToolCall
  const shown = connector.actions.map(async ({ name }) => {
    const answer = await describeConnector.run({ connector: connector.name, actions: [name] }, call)
    const { actions } = (isAnswer(answer) ? answer.shown : {}) as { actions: unknown[] }
    return encode(JSON.stringify(actions[0])).length
  })
  return Promise.all(shown)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

interface Measured {
  name: string
  actions: number
  lines: number
  defined: number
  tokens: readonly number[]
}

const row = (cells: readonly (string | number)[]): void => {
  const [name = '', ...numbers] = cells.map(String)
  process.stdout.write(`${name.padEnd(16)}${numbers.map((cell) => cell.padStart(14)).join('')}\n`)
}

const show = ({ name, actions, lines, defined, tokens }: Measured): void => {
  const each = (total: number): string => (total / actions).toFixed(1)
  row([name, actions, lines, each(lines), each(defined), each(sum(tokens)), Math.max(...tokens)])
}

const measured: Measured[] = []
for (const { name, load } of packagedConnectors) {
  const connector = await load()
  const sources = sourcesOf(name)
  const [lines, defined] = [sum(sources.map(linesIn)), sum(sources.map(linesOfDefinitions))]
  measured.push({ name, actions: connector.actions.length, lines, defined, tokens: await tokensOf(connector) })
}

row(['', 'actions', 'lines', 'lines/action', 'defining it', 'tokens/action', 'most tokens'])
measured.forEach(show)
show({
  name: 'all',
  actions: sum(measured.map(({ actions }) => actions)),
  lines: sum(measured.map(({ lines }) => lines)),
  defined: sum(measured.map(({ defined }) => defined)),
  tokens: measured.flatMap(({ tokens }) => tokens),
})
