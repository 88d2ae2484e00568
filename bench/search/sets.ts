import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ActionDocument } from '../../src/search/index.js'

interface Tool {
  id: string
  server?: string
  name: string
  description?: string
  examples?: string[]
  params?: { name: string; description?: string }[]
}

export interface Query {
  q: string
  relevant: string[]
  /** Whether it is in the half of its set on which the weights were found. */
  tuned: boolean
  /** Which share of its words stands in a right tool, between 0 and 1. */
  overlap: number
}

export interface LabelledSet {
  name: string
  ids: string[]
  documents: ActionDocument[]
  queries: Query[]
}

/** The sets in a folder: itself, or those right below it. */
export function readSets(folder: string): LabelledSet[] {
  const isSet = (path: string) => existsSync(join(path, 'queries.jsonl')) && existsSync(join(path, 'tools.jsonl'))
  if (!existsSync(folder)) return []
  if (isSet(folder)) return [readSet(folder)]
  const below = readdirSync(folder).map((name) => join(folder, name))
  return below.filter(isSet).map(readSet)
}

function readSet(folder: string): LabelledSet {
  const tools = readLines<Tool>(join(folder, 'tools.jsonl'))
  const wordsById = new Map(
    tools.map(({ id, server = '', name, description = '' }) => [id, wordsOf(`${server} ${name} ${description}`)]),
  )
  const queries = readLines<{ q: string; relevant: string[] }>(join(folder, 'queries.jsonl')).map(({ q, relevant }) => {
    const words = [...wordsOf(q)]
    const right = relevant.map((id) => wordsById.get(id) ?? new Set<string>())
    const shared = words.filter((word) => right.some((tool) => tool.has(word))).length
    return { q, relevant, tuned: isTuned(q), overlap: shared / Math.max(1, words.length) }
  })
  return { name: basename(folder), ids: tools.map(({ id }) => id), documents: tools.map(documentOf), queries }
}

const readLines = <Line>(file: string): Line[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

/** Whole words in lower case, so that it does not depend on the engine which queries are the hard ones. */
const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])

/** The halves are drawn by a hash of the query. */
const isTuned = (query: string): boolean => (createHash('sha256').update(query).digest()[0] ?? 0) % 2 === 0

/** A set may repeat the server in the name (`ChaDri.change_drink`), which our actions do not. */
function documentOf({ server = '', name, description = '', examples = [], params = [] }: Tool): ActionDocument {
  const own = server !== '' && name.startsWith(`${server}.`) ? name.slice(server.length + 1) : name
  const parameters = params.map((each) => ({ name: each.name, description: each.description ?? '' }))
  return { connector: server, connectorTitle: '', name: own, description, examples, parameters }
}
