import { allOf, anyOf, type JsonObject, z } from '../../kit/index.js'

/** What several actions take. */
export const repository = {
  owner: z.string().min(1).describe('Login of the user or organisation that owns the repository'),
  repo: z.string().min(1).describe('Name of the repository, without its owner'),
}
export const issue = {
  ...repository,
  issue_number: z.number().int().min(1).describe('Number of the issue or pull request, as in its URL'),
}
/** @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes */
export const privateRepositories = allOf('repo', { for: 'private repositories' })
export const readScopes = [privateRepositories]
export const writeScopes = [anyOf('public_repo', 'repo'), privateRepositories]
export const organization = z.string().min(1).describe('Login of the organization')
export const projectNumber = z.number().int().min(1).describe('Number of the project, from list_projects')
export const readProjects = [anyOf('read:project', 'project')]
export const writeProjects = [allOf('project')]
export const pages = {
  per_page: z.number().int().min(1).max(100).default(30).describe('Items on a page'),
  page: z.number().int().min(1).default(1).describe('Which page, from 1'),
}

/** What lists that GitHub's GraphQL gives are paged and ordered by. */
export const connection = {
  per_page: pages.per_page,
  cursor: z.string().optional().describe('meta.forwards_cursor or meta.backwards_cursor of another page'),
}
export const order = {
  order_by: z.enum(['CREATED_AT', 'UPDATED_AT', 'COMMENTS']).optional().describe('CREATED_AT by default'),
  direction: z.enum(['ASC', 'DESC']).optional().describe('DESC, the newest or most first, by default'),
}
export const FROM_LAST = 'True: begin with the last page'
/** The order as GitHub's GraphQL takes it: both parts, or neither. */
export const orderOf = ({
  order_by,
  direction,
}: {
  order_by?: string | undefined
  direction?: string | undefined
}): JsonObject => ({
  field: order_by ?? 'CREATED_AT',
  direction: direction ?? 'DESC',
})
