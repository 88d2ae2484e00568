import { allOf, defineAction, fieldPaths, numberedPage, request, z } from '../../kit/index.js'
import { pages, repository } from './fields.js'

/** @see https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators */
export const listCollaborators = defineAction({
  name: 'list_collaborators',
  description:
    'List who can work on a repository and with which rights, members of its organization included. Only those with push access see it.',
  examples: ['who has access to this repository', 'who can merge here', 'outside collaborators of the project'],
  effect: 'read',
  scopes: [allOf('repo')],
  defaultFields: fieldPaths('login id role_name permissions html_url'),
  input: {
    ...repository,
    affiliation: z
      .enum(['outside', 'direct', 'all'])
      .default('all')
      .describe('outside: no members of the organization; direct: given access here, not as a member'),
    permission: z
      .enum(['pull', 'triage', 'push', 'maintain', 'admin'])
      .optional()
      .describe('Only those who have this right'),
    ...pages,
  },
  run: request('GET /repos/{owner}/{repo}/collaborators', { answer: numberedPage() }),
})
