import { defineAction, fieldPaths, request, z } from '../../kit/index.js'
import { repository, writeScopes } from './fields.js'

/** @see https://docs.github.com/en/rest/issues/issues#create-an-issue */
export const createIssue = defineAction({
  name: 'create_issue',
  description:
    'Open an issue in a repository. A repeated call opens a second issue. Assignees, labels and milestone need push access; without it GitHub leaves them out and says nothing, so look at the answer.',
  examples: [
    'report a bug in a repository',
    'file a ticket for this problem',
    'open an issue and assign it to someone',
  ],
  effect: 'create',
  scopes: writeScopes,
  defaultFields: fieldPaths(`
    number title state state_reason body user.login assignees.login labels milestone.title milestone.number
    comments html_url created_at updated_at closed_at closed_by.login locked draft
  `),
  input: {
    ...repository,
    title: z.string().min(1).describe('Title of the issue'),
    body: z.string().describe('Text of the issue, in Markdown').optional(),
    assignees: z.array(z.string()).describe('Logins of the people to assign').optional(),
    milestone: z.number().int().describe('Number of the milestone').optional(),
    labels: z.array(z.string()).describe('Names of the labels').optional(),
  },
  run: request('POST /repos/{owner}/{repo}/issues'),
})
