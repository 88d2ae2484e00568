import { dateOrTime, defineAction, fieldPaths, type Json, memberAt, pageOf, path, request, z } from '../../kit/index.js'
import { issue, pages, readScopes, writeScopes } from './fields.js'

const commentFields = fieldPaths('id body user.login author_association html_url issue_url created_at updated_at')

/** @see https://docs.github.com/en/rest/issues/comments#create-an-issue-comment */
export const addIssueComment = defineAction({
  name: 'add_issue_comment',
  description:
    'Write a comment on an issue or a pull request (in its conversation, not on a line of code). A repeated call writes a second comment.',
  examples: ['reply on this issue', 'leave a comment on the pull request', 'tell them in the ticket that it is fixed'],
  effect: 'create',
  scopes: writeScopes,
  defaultFields: commentFields,
  input: { ...issue, body: z.string().min(1).describe('Text of the comment, in Markdown') },
  run: request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments'),
})

type OrderBy = 'created_at' | 'updated_at'

/** The most comments looked at to filter and order: ten requests. */
const MOST_COMMENTS = 1000

/**
 * GitHub gives comments oldest first and knows one bound, `since`, on the last change. So all of them are fetched, up to
 * a limit, then filtered, ordered and cut into pages here.
 * @see https://docs.github.com/en/rest/issues/comments#list-issue-comments
 */
export const listIssuesComments = defineAction({
  name: 'list_issues_comments',
  description: `List the comments of an issue or pull request, the newest first by default, within bounds of when they were created or last changed. A bound that is a date alone means the whole day. On an issue with more than ${MOST_COMMENTS} comments only the first or last ${MOST_COMMENTS}, by direction, are looked at and meta.truncated is true; narrow it with updated_at_from. Nothing is cached, so force_new makes no difference.`,
  examples: ['what did people say on this issue', 'latest comments on the ticket', 'comments written since last week'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: commentFields,
  input: {
    ...issue,
    force_new: z.boolean().default(false).describe('Makes no difference: answers are always fresh'),
    created_at_from: dateOrTime('Only comments created then or later', 'start').optional(),
    created_at_to: dateOrTime('Only comments created then or earlier', 'end').optional(),
    updated_at_from: dateOrTime('Only comments changed then or later', 'start').optional(),
    updated_at_to: dateOrTime('Only comments changed then or earlier', 'end').optional(),
    ...pages,
    order_by: z.enum(['created_at', 'updated_at']).default('created_at').describe('What to order by'),
    direction: z.enum(['asc', 'desc']).default('desc').describe('asc: oldest first; desc: newest first'),
  },
  run: async (github, { owner, repo, issue_number, page, per_page, order_by, direction, force_new: _, ...bounds }) => {
    const comments = path`/repos/${owner}/${repo}/issues/${issue_number}/comments`
    const bounded = Object.values(bounds).some((bound) => bound !== undefined)
    if (!bounded && order_by === 'created_at' && direction === 'asc') return github.list(comments, { page, per_page })
    // A comment changes no earlier than it is created, so `since` narrows both lower bounds.
    const since = [bounds.created_at_from, bounds.updated_at_from]
      .filter((from) => from !== undefined)
      .sort()
      .at(-1)
    const { items, truncated } = await github.collect(
      comments,
      { since },
      { most: MOST_COMMENTS, from: direction === 'asc' ? 'start' : 'end' },
    )
    const found = items.filter(
      (comment) =>
        isWithin(comment, 'created_at', bounds.created_at_from, bounds.created_at_to) &&
        isWithin(comment, 'updated_at', bounds.updated_at_from, bounds.updated_at_to),
    )
    return pageOf({ items: ordered(found, order_by, direction), truncated }, page, per_page)
  },
})

const timeOf = (comment: Json, field: OrderBy): number => Date.parse(String(memberAt(comment, field)))

function isWithin(comment: Json, field: OrderBy, from: string | undefined, to: string | undefined): boolean {
  const time = timeOf(comment, field)
  return (from === undefined || time >= Date.parse(from)) && (to === undefined || time <= Date.parse(to))
}

/** Comments of one second keep GitHub's order, or its reverse. */
function ordered(comments: Json[], field: OrderBy, direction: 'asc' | 'desc'): Json[] {
  const ascending = comments.toSorted((a, b) => timeOf(a, field) - timeOf(b, field))
  return direction === 'asc' ? ascending : ascending.reverse()
}
