import { connectionPage, connectionVariables, defineAction, fieldPaths, memberAt, z } from '../../kit/index.js'
import {
  CREATES_COMMENTS,
  flat,
  id,
  issueId,
  made,
  PAGE,
  PAGE_ARGUMENTS,
  PAGE_INFO,
  PAGE_VARIABLES,
  READS,
} from './fields.js'

const COMMENT_FIELDS = fieldPaths('id body user.name created_at parent_id url')

const COMMENT = `fragment Comment on Comment {
  id body url createdAt editedAt resolvedAt parentId issueId
  user { id name email }
}`

const LIST = `query Comments($id: String!, ${PAGE_VARIABLES}) {
  issue(id: $id) { comments(${PAGE_ARGUMENTS}) { nodes { ...Comment } ${PAGE_INFO} } }
}
${COMMENT}`

/** @see https://linear.app/developers/pagination */
export const listComments = defineAction({
  name: 'list_comments',
  description: 'List the comments of an issue. An answer to another comment names it in parent_id.',
  examples: ['what do people say about ENG-123', 'read the discussion'],
  effect: 'read',
  scopes: [READS],
  input: { issue_id: issueId, ...PAGE },
  defaultFields: COMMENT_FIELDS,
  run: async (linear, { issue_id, ...part }) => {
    const data = await linear.graphql(LIST, { id: issue_id, ...connectionVariables(part) })
    return connectionPage(memberAt(data, 'issue.comments'), part, flat)
  },
})

const ADD = `mutation AddComment($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { ...Comment } } }
${COMMENT}`

/** @see https://linear.app/developers/sdk-fetching-and-modifying-data */
export const addComment = defineAction({
  name: 'add_comment',
  description: 'Comment on an issue, or answer a comment. Returns the comment. A repeated call adds a second one.',
  examples: ['comment on this ticket', 'reply to his comment in Linear'],
  effect: 'create',
  scopes: [CREATES_COMMENTS],
  input: {
    issue_id: issueId,
    body: z.string().min(1).describe('Text in Markdown; the address of a profile or issue becomes a mention'),
    parent_id: id('comment to answer').optional(),
  },
  defaultFields: COMMENT_FIELDS,
  run: async (linear, input) => made(await linear.graphql(ADD, { input }), 'comment_create', 'comment'),
})
