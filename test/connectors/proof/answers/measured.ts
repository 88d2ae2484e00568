import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { MemoryKeeping } from '../../../../src/mcp/kept/memory.js'
import { toCallToolResult } from '../../../../src/mcp/results/answer.js'
import { MAX_TOKENS, present } from '../../../../src/mcp/results/present.js'
import type { ListFormat } from '../../../../src/mcp/results/token-budget.js'
import { fieldsToShow } from '../../../../src/mcp/results/usual-fields.js'
import type { Example } from './examples.js'

/** How an example is shown. */
export interface Showing {
  /** True for `response_fields: ["*"]`. */
  all?: boolean
  format?: ListFormat
  /** 6,000 by default. */
  maxTokens?: number
}

/** The result of a call, as a model reads it. */
export interface ShownExample {
  text: string
  /** Of o200k_base. */
  tokens: number
  /** Whether something did not fit. */
  isCut: boolean
}

/** Shows an example as the tools do, with what a model reads beside it. */
export async function shown(example: Example, showing: Showing = {}): Promise<ShownExample> {
  const { all = false, format = 'columns', maxTokens = MAX_TOKENS } = showing
  const asked = all ? { response_fields: ['*'] } : {}
  const { responseFields, areUsual } = fieldsToShow(asked, example.action.defaultFields)
  const { data, meta } = await example.answer(responseFields)
  const keeping = new MemoryKeeping()
  const answer = await present({ data, meta, actedAs: 'mona-lisa' }, { maxTokens, format, areUsual }, { keeping })
  const { content } = toCallToolResult({ ...answer, shown: { ...answer.shown } })
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
  const isCut = (answer.notes ?? []).some((note) => note.startsWith('Cut'))
  return { text, tokens: encode(text).length, isCut }
}

/** More than any example takes. */
export const WHOLE = 10_000_000
