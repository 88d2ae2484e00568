import {
  allOf,
  anyOf,
  backgroundParameters,
  dateOrTime,
  defineAction,
  fieldPaths,
  forceNew,
  type Json,
  type JsonObject,
  memberAt,
  pageOf,
  Result,
  z,
} from '../../../kit/index.js'
import { pages } from '../fields.js'
import { nodeAt, nodesOf } from '../graphql/parts.js'
import { flatProjectItem, LIST_PROJECT_ITEMS } from '../graphql/project-items.js'
import { countsOf, isSame, isSince, isUntil } from './items.js'

/** The most items of a project, which come by the hundred, and the most characters of them. */
const MOST_ITEMS = 5000
const PER_PAGE = 100
const MOST_CHARACTERS = 10_000_000

type Board = { items: JsonObject[]; truncated: boolean }

/**
 * Walks the pages of a project. Archived items are left out, since its board does not show them either.
 * @param pageAfter fetches the page after a cursor
 * @param report gets how many items were looked at, and how many there are
 */
async function boardOf(
  pageAfter: (cursor: string | undefined) => Promise<JsonObject>,
  report: (done: number, total: number) => void,
): Promise<Board> {
  const items: JsonObject[] = []
  let [looked, most, characters] = [0, MOST_ITEMS, 0]
  for (let cursor: Json | undefined; ; ) {
    const page = await pageAfter(typeof cursor === 'string' ? cursor : undefined)
    const nodes = nodesOf(page)
    looked += nodes.length
    report(looked, Number(page.total_count))
    for (const item of nodes.filter(({ is_archived }) => is_archived !== true).map(flatProjectItem)) {
      characters += JSON.stringify(item).length
      if (characters > MOST_CHARACTERS) return { items, truncated: true }
      items.push(item)
    }
    const isMore = memberAt(page, 'page_info.has_next_page') === true
    most -= PER_PAGE
    if (!isMore || most <= 0) return { items, truncated: isMore }
    cursor = memberAt(page, 'page_info.end_cursor')
  }
}

/** `PULL_REQUEST`, however it is written: `pull request`, `PullRequest`. */
const lettersOf = (type: Json | undefined): string =>
  String(type ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')

/** Names of fields are somebody's: one may be called as a member that every object has. */
const choiceOf = ({ choices }: JsonObject, name: string): Json | undefined =>
  new Map(Object.entries(choices ?? {})).get(name)

/** How many items there are of each choice, for every field of which some item has one. */
function summaryOf(items: readonly JsonObject[]): JsonObject {
  const names = new Set(items.flatMap(({ choices }) => Object.keys(choices ?? {})))
  return {
    total_items: items.length,
    summary_fields: [...names].map((name) => ({
      field_name: name,
      // As the board calls the column of items without a value.
      summaries: countsOf(items.map((item) => choiceOf(item, name) ?? `No ${name}`)),
    })),
  }
}

const shown = ({ choices: _, ...item }: JsonObject): JsonObject => item

/** @see https://docs.github.com/en/graphql/reference/objects#projectv2 for `items` */
export const listProjectItems = defineAction({
  name: 'list_project_items',
  description: `List the items of an organization's project, in the order of the project, without archived ones; gathered once and kept for 15 minutes. Of a project with more than ${MOST_ITEMS} items the first ones, with meta.truncated.`,
  examples: ['what is on our board', 'items of the project that are in progress', 'how many items has each column'],
  effect: 'read',
  scopes: [anyOf('read:project', 'project'), allOf('repo', { for: 'the content of items from private repositories' })],
  // The last two are of the summary.
  defaultFields: fieldPaths(`
    id type title status content.number content.state content.url content.repository content.assignees content.labels
    updated_at field_values total_items summary_fields
  `),
  input: {
    organization: z.string().min(1).describe('Login of the organization'),
    number: z.number().int().describe('Number of the project, as in its URL'),
    ...pages,
    ...forceNew,
    status: z.string().optional().describe('Only items in this column: a value of the field Status'),
    type: z.string().optional().describe('ISSUE, PULL_REQUEST or DRAFT_ISSUE'),
    created_at_from: dateOrTime('Only items added then or later', 'start').optional(),
    created_at_to: dateOrTime('Only items added then or earlier', 'end').optional(),
    updated_at_from: dateOrTime('Only items changed then or later', 'start').optional(),
    updated_at_to: dateOrTime('Only items changed then or earlier', 'end').optional(),
    summarize: z
      .boolean()
      .default(false)
      .describe('Return how many items there are by status and other choices, in place of the items'),
    ...backgroundParameters,
  },
  run: {
    gatheredBy: ['organization', 'number'],
    keptFor: 900,
    gather: (upstream, project, { report }) => {
      const github = upstream.patient()
      return boardOf(async (after) => {
        const variables = { ...project, ...(after === undefined ? {} : { after }) }
        return nodeAt(await github.graphql(LIST_PROJECT_ITEMS, variables), 'organization.project.items')
      }, report)
    },
    answer: ({ items, truncated }, { status: column, type, page, per_page, summarize, ...bounds }) => {
      const found = items.filter(
        (item) =>
          (column === undefined || isSame(item.status, column)) &&
          (type === undefined || lettersOf(item.type) === lettersOf(type)) &&
          isSince(item, 'created_at', bounds.created_at_from) &&
          isUntil(item, 'created_at', bounds.created_at_to) &&
          isSince(item, 'updated_at', bounds.updated_at_from) &&
          isUntil(item, 'updated_at', bounds.updated_at_to),
      )
      if (summarize) return new Result(summaryOf(found), truncated ? { truncated } : {})
      return pageOf({ items: found.map(shown), truncated }, page, per_page)
    },
  },
})
