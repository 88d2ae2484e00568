import {
  defineAction,
  gather,
  itemsAt,
  type Json,
  linkedPage,
  memberAt,
  pageOf,
  path,
  request,
  type Upstream,
  z,
} from '../../kit/index.js'
import { organization, pages, projectNumber, readProjects } from './fields.js'

/** The most projects that are looked at to order them: ten requests. */
const MOST_PROJECTS = 1000

const ORDERS = ['created_at', 'number', 'title', 'updated_at'] as const

/**
 * GitHub lists projects by cursors and in one order. So all of them are fetched, up to a limit, then ordered and cut into pages here.
 * @see https://docs.github.com/en/rest/projects/projects#list-projects-for-organization
 */
export const listProjects = defineAction({
  name: 'list_projects',
  description: `List the projects (boards) of an organization, with their numbers, which other actions need. Of more than ${MOST_PROJECTS}, the first ${MOST_PROJECTS} are looked at and meta.truncated is true.`,
  examples: ['which boards does the organization have', 'number of our roadmap project', 'open projects'],
  effect: 'read',
  scopes: readProjects,
  input: {
    organization,
    query: z.string().optional().describe('Words of the title, and qualifiers such as is:open, is:closed'),
    force_new: z.boolean().default(false).describe('Makes no difference: answers are always fresh'),
    order_by: z.enum(ORDERS).optional().describe("What to order by; by default GitHub's order"),
    direction: z.enum(['asc', 'desc']).optional().describe('asc by default; has no effect without order_by'),
    ...pages,
  },
  run: async (github, { organization, query, order_by, direction, page, per_page }) => {
    const { items, truncated } = await allProjects(github, organization, query)
    const projects = items.map(flattened)
    const ordered = order_by === undefined ? projects : projects.toSorted(by(order_by, direction === 'desc' ? -1 : 1))
    return pageOf({ items: ordered, truncated }, page, per_page)
  },
})

const allProjects = (github: Upstream, organization: string, query: string | undefined) =>
  gather(async (after: string | undefined) => {
    const projects = path`/orgs/${organization}/projectsV2`
    const { json, links } = await github.read(projects, { q: query, per_page: 100, after })
    return { items: itemsAt(json), next: cursorIn(links.get('next')) }
  }, MOST_PROJECTS)

/** Where the next page begins, by the `Link` header field. */
const cursorIn = (link: string | undefined): string | undefined =>
  link !== undefined && URL.canParse(link) ? (new URL(link).searchParams.get('after') ?? undefined) : undefined

/** GitHub keeps the text of the project's README in `description`. */
const flattened = (project: Json) => ({
  title: memberAt(project, 'title') ?? null,
  description: memberAt(project, 'short_description') ?? memberAt(project, 'description') ?? null,
  state: memberAt(project, 'state') ?? (memberAt(project, 'closed_at') ? 'closed' : 'open'),
  owner: memberAt(project, 'owner.login') ?? null,
  creator: memberAt(project, 'creator.login') ?? null,
  created_at: memberAt(project, 'created_at') ?? null,
  updated_at: memberAt(project, 'updated_at') ?? null,
  number: memberAt(project, 'number') ?? null,
  public: memberAt(project, 'public') ?? null,
})

/** GitHub writes its times so that their order is that of the texts. */
const by =
  (member: (typeof ORDERS)[number], direction: 1 | -1) =>
  (a: Json, b: Json): number => {
    const [one, other] = [memberAt(a, member), memberAt(b, member)]
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? one - other
        : String(one).localeCompare(String(other), 'en', { sensitivity: 'base' })
    return direction * order
  }

/** @see https://docs.github.com/en/rest/projects/fields#list-project-fields-for-organization */
export const listProjectFields = defineAction({
  name: 'list_project_fields',
  description:
    'List the fields of a project: ids, types, and the ids of the options and iterations that update_project_item takes.',
  examples: ['which columns does the board have', 'possible statuses of the project', 'iterations of our sprint board'],
  effect: 'read',
  scopes: readProjects,
  input: {
    organization,
    project_number: projectNumber,
    per_page: pages.per_page,
    before: z.string().optional().describe("GitHub's own cursor: the page before it"),
    after: z.string().optional().describe("GitHub's own cursor: the page after it"),
    cursor: z
      .string()
      .optional()
      .describe(
        'meta.forwards_cursor or meta.backwards_cursor of another page; before, after and per_page then have no effect',
      ),
    force_new: z.boolean().default(false).describe('Makes no difference: answers are always fresh'),
  },
  run: request('GET /orgs/{organization}/projectsV2/{project_number}/fields', {
    unsent: ['force_new'],
    answer: linkedPage(),
  }),
})
