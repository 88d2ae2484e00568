// npm run bench:answers: what the answer of every action costs a model that names no fields, in o200k tokens, on its example, with a list as long as
// its default page: as it is shown, and whole, as a table, as objects, and with ["*"]. `-- ACTION` prints what each member costs.
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { isPlainObject } from '../src/base/json.js'
import { type Example, examplesOf } from '../test/connectors/proof/answers/examples.js'
import { shown, WHOLE } from '../test/connectors/proof/answers/measured.js'
import { everyConnector } from '../test/connectors/proof/connectors.js'

const [only] = process.argv.slice(2)

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const row = ([first = '', ...rest]: readonly (string | number)[], end = ''): void =>
  print(`${String(first).padEnd(46)}${rest.map((cell) => String(cell).padStart(9)).join('')}  ${end}`)

const nameOf = ({ connector, action }: Example): string => `${connector} ${action.name}`

async function measure(example: Example) {
  const usual = await shown(example)
  const sizeOf = async (showing: Parameters<typeof shown>[1]): Promise<number> =>
    (await shown(example, { ...showing, maxTokens: WHOLE })).tokens
  const { data } = await example.answer(undefined)
  return {
    name: nameOf(example),
    source: example.source,
    items: Array.isArray(data) ? data.length : '',
    shown: usual.isCut ? `${usual.tokens} cut` : usual.tokens,
    table: await sizeOf({}),
    objects: await sizeOf({ format: 'objects' }),
    all: await sizeOf({ all: true }),
  }
}

/** Tokens by member of the items, all items together, the most expensive first. */
async function printMembers(example: Example): Promise<void> {
  const { defaultFields } = example.action
  const { data } = await example.answer(defaultFields.length > 0 ? defaultFields : undefined)
  const cost = new Map<string, number>()
  for (const item of Array.isArray(data) ? data : [data])
    for (const [member, value] of Object.entries(isPlainObject(item) ? item : {})) {
      const tokens = encode(`"${member}":${JSON.stringify(value)},`).length
      cost.set(member, (cost.get(member) ?? 0) + tokens)
    }
  for (const [member, tokens] of [...cost].sort(([, a], [, b]) => b - a)) row([member, tokens])
}

const examples: Example[] = []
for (const proven of everyConnector) {
  const found = await examplesOf(proven)
  examples.push(...found.examples)
  for (const [action, reason] of found.without)
    process.stderr.write(`left out: ${proven.connector.name} ${action}: ${reason}\n`)
}
if (only === undefined) {
  row(['', 'items', 'shown', 'table', 'objects', '["*"]'], 'where the example is from')
  const measured = []
  for (const example of examples) measured.push(await measure(example))
  for (const { name, source, ...figures } of measured.sort((a, b) => b.table - a.table))
    row([name, ...Object.values(figures)], source)
} else {
  for (const example of examples.filter((one) => only === nameOf(one) || only === one.action.name))
    await printMembers(example)
}
