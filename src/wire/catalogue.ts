import { z } from 'zod'

/** `meta` of the catalogue lists and of the managed skills. */
export const pageMeta = z.looseObject({ total: z.number().int(), limit: z.number().int(), offset: z.number().int() })
export type PageMeta = z.infer<typeof pageMeta>

/** What only this service has: where another means something else by that name, it is ignored. */
const ours = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined)

/**
 * That this service holds a call under `X-Read-Only: true` to reading, and by what: the action has no other effect, or it
 * runs in a session that changes nothing. Such a call of any other action is refused.
 */
const readOnlyBy = z.enum(['effect', 'session'])
export type ReadOnlyBy = z.infer<typeof readOnlyBy>

/**
 * One action in `GET /connectors/`. `parameters` is the conservative form that every SDK reads, `request_body` the full JSON
 * Schema. What follows them is ours: another service may not have it.
 */
export const actionEntry = z.looseObject({
  method: z.string(),
  path: z.string(),
  docstring: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  request_body: z.record(z.string(), z.unknown()).optional(),
  effect: ours(z.string()).meta({ description: 'What it does to data: read, create, update or delete' }),
  read_only: ours(readOnlyBy).meta({
    description: 'What holds a call under `X-Read-Only: true` to reading; without it, such a call is refused',
  }),
  administrator: ours(z.literal(true)).meta({
    description:
      "Only the administrator may call it: with the administrator's key and the token of a user of the client",
  }),
  examples: ours(z.array(z.string())).meta({ description: "Needs that it serves, in a person's words" }),
  default_fields: ours(z.array(z.string())).meta({
    description:
      'The members of an item that an agent is shown when its call has no `response_fields`; the API sends all',
  }),
})
export type ActionEntry = z.infer<typeof actionEntry>

export const connectorSchemas = z.record(z.string(), z.record(z.string(), actionEntry))
export type ConnectorSchemas = z.infer<typeof connectorSchemas>

export const catalogTool = z.looseObject({
  name: z.string(),
  description: z.string().default(''),
  connector: z.string(),
  categories: z.array(z.string()).default([]),
  source: z.string().optional(),
})
export type CatalogTool = z.infer<typeof catalogTool>

/** What a search found. What follows the score is ours: with it, one answer is enough to call the action. */
export const foundTool = z.looseObject({
  ...catalogTool.shape,
  score: ours(z.number()).meta({ description: 'Comparable within one answer only' }),
  action: ours(z.string()).meta({ description: 'Its name in a path' }),
  fits: ours(z.boolean()).meta({ description: 'False where nothing serves the need, and this merely comes nearest' }),
  effect: actionEntry.shape.effect,
  read_only: actionEntry.shape.read_only,
  examples: actionEntry.shape.examples,
  default_fields: actionEntry.shape.default_fields,
  request_body: ours(z.record(z.string(), z.unknown())).meta({
    description: 'The full JSON Schema of its parameters; absent where it takes none',
  }),
  needs_account: ours(z.boolean()).meta({ description: 'Whether it acts with an account of the user' }),
  accounts: ours(z.array(z.string())).meta({
    description: "The names of the user's accounts at this connector, the default first; absent without a token",
  }),
})
export type FoundTool = z.infer<typeof foundTool>

export const catalogMcp = z.looseObject({
  name: z.string(),
  description: z.string().default(''),
  mcp_url: z.string(),
  config: z.looseObject({ url: z.string(), headers: z.record(z.string(), z.string()) }),
  tool_count: z.number().int().optional(),
  categories: z.array(z.string()).default([]),
  source: z.string().optional(),
})
export type CatalogMcp = z.infer<typeof catalogMcp>

export const catalogSkill = z.looseObject({
  name: z.string(),
  description: z.string().default(''),
  source: z.string().optional(),
  author: z.string().nullable().optional(),
  url: z.string().nullable().optional(),
})
export type CatalogSkill = z.infer<typeof catalogSkill>

/** A connector in `GET /mcps/list`. An addition of this service. */
export const mcpListing = z.looseObject({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  url: z.string(),
  /** How accounts are linked: `oauth2`, `custom`, both or neither. */
  integration_method: z.array(z.string()),
  /** Names of its tools. */
  tools: z.array(z.string()),
})
export type McpListing = z.infer<typeof mcpListing>

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.looseObject({ items: z.array(item), meta: pageMeta.nullable().optional() })

export const searchAnswer = z.looseObject({
  query: z.string(),
  backend: z.record(z.string(), z.unknown()).nullable().optional(),
  tools: z.array(foundTool).default([]),
  mcp: z.array(catalogMcp).default([]),
  skills: z.array(catalogSkill).default([]),
})
export type SearchAnswer = z.infer<typeof searchAnswer>

/** A managed skill of the tenant. `source_type`: `upload_zip`, `github`, `upload_md` or `manual`. */
export const managedSkill = z.looseObject({
  id: z.string(),
  client_id: z.string(),
  source_type: z.string(),
  name: z.string(),
  description: z.string().nullable().optional(),
  github_url: z.string().nullable().optional(),
  created_at: z.string().nullable().optional(),
  updated_at: z.string().nullable().optional(),
})
export type ManagedSkill = z.infer<typeof managedSkill>

export const managedSkillDetail = z.looseObject({
  ...managedSkill.shape,
  frontmatter: z.record(z.string(), z.unknown()).nullable().optional(),
  download_url: z.string().nullable().optional(),
  content_sha256: z.string().nullable().optional(),
})
export type ManagedSkillDetail = z.infer<typeof managedSkillDetail>
