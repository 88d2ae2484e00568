// node --expose-gc --import tsx bench/catalogue.ts: what describing many connectors costs, from their modules and from an index
// such as the build writes. Its connectors are made from CATALOG (../shared/spec/catalog.json), where that is there.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { actionEntries } from '../src/api/answers/action-entries.js'
import {
  type Action,
  type ActionSchemas,
  binary,
  type Connector,
  type ConnectorSummary,
  defineAction,
  defineConnector,
  type Effect,
  schemasOf,
  summaryOf,
  z,
} from '../src/kit/index.js'

interface Parameter {
  name: string
  type: string
  required?: boolean
  enum?: [string, ...string[]]
}
interface Listed {
  connector: string
  title: string
  actions: { name: string; effect: Effect; shaped: boolean; params: Parameter[]; default_fields?: string[] }[]
}

const KINDS: Record<string, () => z.ZodType> = {
  string: () => z.string(),
  integer: () => z.number().int(),
  number: () => z.number(),
  boolean: () => z.boolean(),
  file: () => binary(),
}

function fieldOf({ name, type, required, enum: values }: Parameter): z.ZodType {
  const item = /^array<(.*)>$/.exec(type)?.[1]
  const one = values ? z.enum(values) : (KINDS[item ?? type] ?? (() => z.record(z.string(), z.unknown())))()
  const field = (item === undefined ? one : z.array(one)).describe(
    `What the third party calls ${name}, in its own words`,
  )
  return required ? field : field.optional()
}

const actionOf = ({ name, effect, shaped, params, default_fields }: Listed['actions'][number]): Action =>
  defineAction({
    name,
    effect,
    shaping: shaped,
    description:
      `${name}: what it does, what it needs, what it answers, and what a repeated call does, in forty words or so. `.repeat(
        2,
      ),
    examples: ['a need in the words of a person', 'another need of a person', 'the third one'],
    ...(shaped && default_fields ? { defaultFields: default_fields } : {}),
    input: Object.fromEntries(params.map((parameter) => [parameter.name, fieldOf(parameter)])),
    run: async () => null,
  })

const connectorOf = ({ connector, title, actions }: Listed): Connector =>
  defineConnector({
    name: connector,
    title,
    description: `${title}.`,
    port: 'none',
    auth: {},
    actions: actions.map(actionOf),
  })

/** Runs something, and prints how long it took and what of its memory is still held. */
function measured<Made>(what: string, make: () => Made): Made {
  globalThis.gc?.()
  const [memory, began] = [process.memoryUsage().heapUsed, performance.now()]
  const made = make()
  const time = performance.now() - began
  globalThis.gc?.()
  const held = (process.memoryUsage().heapUsed - memory) / 1e6
  process.stdout.write(`${what.padEnd(60)} ${time.toFixed(1).padStart(8)} ms ${held.toFixed(1).padStart(7)} MB\n`)
  return made
}

const bodyOf = (summaries: readonly ConnectorSummary[], schemas: (name: string) => ActionSchemas): string =>
  JSON.stringify(Object.fromEntries(summaries.map((each) => [each.name, actionEntries(each, schemas(each.name))])))

const file = process.env.CATALOG ?? resolve(import.meta.dirname, '../../shared/spec/catalog.json')
if (existsSync(file)) {
  const listed = JSON.parse(readFileSync(file, 'utf8')) as Listed[]
  const connectors = measured('the modules: defining all actions', () => listed.map(connectorOf))
  const found = measured('from the modules: summaries', () => connectors.map(summaryOf))
  const made = measured(
    'from the modules: all schemas',
    () => new Map(connectors.map((each) => [each.name, schemasOf(each)])),
  )
  const summariesText = JSON.stringify(found)
  const schemaTexts = new Map([...made].map(([name, schemas]) => [name, JSON.stringify(schemas)]))
  const size = [...schemaTexts.values()].reduce((sum, { length }) => sum + length, 0)

  const summaries = measured('from an index: summaries', () => JSON.parse(summariesText) as ConnectorSummary[])
  const schemas = (name: string) => JSON.parse(schemaTexts.get(name) ?? '{}') as ActionSchemas
  const body = measured('from an index: the body of GET /connectors/', () => bodyOf(summaries, schemas))
  const one = summaries.filter(({ name }) => name === listed[0]?.connector)
  measured(`from an index: the same of ${listed[0]?.connector} alone`, () => bodyOf(one, schemas))
  process.stdout.write(
    `${listed.length} connectors, ${summaries.flatMap(({ actions }) => actions).length} actions; kB: summaries ${kB(summariesText.length)}, schemas ${kB(size)}, body ${kB(body.length)}\n`,
  )
} else process.stdout.write(`There is no ${file}, from which the connectors are made; name another one in CATALOG.\n`)

function kB(bytes: number): number {
  return Math.round(bytes / 1000)
}
