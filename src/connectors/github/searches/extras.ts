import {
  type BackgroundCall,
  fanOut,
  isPlainObject,
  itemsAt,
  type JsonObject,
  type Upstream,
} from '../../../kit/index.js'
import { COMMENTS, flatParts, PROJECTS, wantedParts } from '../graphql/parts.js'

/** What the lists of the REST API do not say of an item, and is asked for only where it is wanted. */
export type Extra = 'project_details' | 'comments'

/** GitHub takes a hundred ids in one document. */
const AT_ONCE = 100

/** @see https://docs.github.com/en/graphql/reference/queries#nodes */
export const MORE_OF_ITEMS = `
query MoreOfItems($ids: [ID!]!, $whole: Boolean!, $project_details: Boolean!, $comments: Boolean!) {
  nodes(ids: $ids) {
    ... on Issue { ${PROJECTS} ${COMMENTS} }
    ... on PullRequest { ${PROJECTS} ${COMMENTS} }
  }
}`

/**
 * Adds to items what their list did not say. Projects are left out for a token that may not see any.
 * @param items with their `node_id`
 */
export async function withExtras(github: Upstream, items: JsonObject[], call: BackgroundCall): Promise<JsonObject[]> {
  const may = wantedParts(call, ['project_details', 'comments'])
  const project_details = may.project_details && call.extras.includes('project_details')
  const comments = call.extras.includes('comments')
  if (!project_details && !comments) return items
  const starts = Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, index) => index * AT_ONCE)
  const more = await fanOut(
    starts,
    async (start) => {
      const some = items.slice(start, start + AT_ONCE)
      const ids = some.map(({ node_id }) => node_id ?? null)
      const nodes = itemsAt(
        await github.graphql(MORE_OF_ITEMS, { ids, whole: true, project_details, comments }),
        'nodes',
      )
      return some.map((item, index) => {
        const node = nodes[index]
        return isPlainObject(node) ? { ...item, ...flatParts(node as JsonObject) } : item
      })
    },
    { signal: call.signal },
  )
  return more.flat()
}
