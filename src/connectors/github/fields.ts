import { allOf, anyOf, z } from '../../kit/index.js'

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
