import { defineAction, fieldPaths, request, z } from '../../kit/index.js'
import { organization, privateRepositories, projectNumber, readProjects, writeProjects } from './fields.js'

const REPOSITORY = /^[^\s/]+(?:\/[^\s/]+)?$/
const itemId = z.number().int().describe('Id of the item in the project, not its issue number')
const itemFields = fieldPaths(`
  id node_id content_type content.number content.title content.state content.body content.html_url content.user.login
  content.assignees.login content.labels.name creator.login created_at updated_at archived_at item_url fields
`)

/** @see https://docs.github.com/en/rest/projects/items#get-an-item-for-an-organization-owned-project */
export const getProjectItem = defineAction({
  name: 'get_project_item',
  description: 'Get an item of a project: the issue, pull request or draft that it stands for, and its title field.',
  examples: ['show this card of the board', 'what does the project item stand for'],
  effect: 'read',
  scopes: [...readProjects, { ...privateRepositories, for: 'the content of items from private repositories' }],
  defaultFields: itemFields,
  input: {
    organization,
    project_number: projectNumber,
    item_id: itemId,
    force_new: z.boolean().default(false).describe('Makes no difference: answers are always fresh'),
  },
  run: request('GET /orgs/{organization}/projectsV2/{project_number}/items/{item_id}', { unsent: ['force_new'] }),
})

/** @see https://docs.github.com/en/rest/projects/items#update-project-item-for-organization */
export const updateProjectItem = defineAction({
  name: 'update_project_item',
  description:
    'Set fields of a project item: text, number, date, single select, iteration. list_project_fields tells ids and types. Returns the item. A repeated call changes nothing more.',
  examples: ['move the card to done', 'set the priority of this item', 'put it into the next sprint'],
  effect: 'update',
  scopes: writeProjects,
  defaultFields: itemFields,
  input: {
    organization,
    project_number: projectNumber,
    item_id: itemId,
    fields: z
      .array(
        z.strictObject({
          id: z.number().int().describe('Id of the field'),
          value: z
            .union([z.string(), z.number(), z.null()])
            .describe('Text, number, date as YYYY-MM-DD, or id of the option or iteration; null clears it'),
        }),
      )
      .min(1)
      .describe('What to set'),
  },
  run: request('PATCH /orgs/{organization}/projectsV2/{project_number}/items/{item_id}'),
})

/** @see https://docs.github.com/en/rest/projects/items#add-item-to-organization-owned-project */
export const addProjectItem = defineAction({
  name: 'add_project_item',
  description: 'Put an issue or a pull request into a project. Returns the item. A repeated call adds no second one.',
  examples: ['add this issue to the board', 'put the pull request on the roadmap'],
  effect: 'create',
  scopes: [...writeProjects, privateRepositories],
  defaultFields: fieldPaths(`
    id node_id content_type content.number content.title content.html_url content.state creator.login
    created_at updated_at archived_at item_url
  `),
  input: {
    organization,
    project_number: z.number().int().describe('Number of the project, from list_projects'),
    repository: z
      .string()
      .refine((name) => REPOSITORY.test(name), 'is neither owner/name nor a name')
      .describe('Where the issue or pull request is: owner/name, or the name alone for one of the organization'),
    content_type: z.enum(['Issue', 'PullRequest']).describe('What it is'),
    content_number: z.number().int().describe('Its number in the repository'),
  },
  run: request('POST /orgs/{organization}/projectsV2/{project_number}/items', {
    unsent: ['repository'],
    rename: { content_type: 'type', content_number: 'number' },
    complete: ({ organization, repository }) => ownerAndName(String(repository), organization),
  }),
})

/** `owner/name` taken apart. @param organization the owner of a bare name */
export function ownerAndName(repository: string, organization: unknown): { owner: unknown; repo: string } {
  const slash = repository.indexOf('/')
  if (slash < 0) return { owner: organization, repo: repository }
  return { owner: repository.slice(0, slash), repo: repository.slice(slash + 1) }
}
