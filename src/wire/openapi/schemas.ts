import { z } from 'zod'
import * as wire from '../index.js'
import * as requests from '../requests/index.js'
import { dropSafeIntegerRange } from '../schema-forms.js'

export type JsonSchema = Record<string, unknown>

/** The schemas that stand under a name of their own, each once; all others stand where they are used. */
const ANSWERS = {
  NewClient: wire.newClient,
  CallbackOrigins: wire.callbackOrigins,
  NewUser: wire.newUser,
  IssuedToken: wire.issuedToken,
  User: wire.me,
  Integration: wire.integrationSummary,
  IntegrationDetail: wire.integrationDetail,
  StoredIntegration: wire.storedIntegration,
  StartedLink: wire.startedLink,
  RemovedIntegration: wire.removedIntegration,
  Outcome: wire.outcome,
  BegunLink: wire.begunLink,
  LinkState: wire.linkState,
  ActionEntry: wire.actionEntry,
  CatalogTool: wire.catalogTool,
  CatalogMcp: wire.catalogMcp,
  CatalogSkill: wire.catalogSkill,
  McpListing: wire.mcpListing,
  SearchAnswer: wire.searchAnswer,
  Skill: wire.managedSkill,
  SkillDetail: wire.managedSkillDetail,
  Failure: wire.errorEnvelope,
}
const BODIES = {
  CreateClient: requests.createClientBody,
  SetCallbackOrigins: requests.callbackOriginsBody,
  CreateUser: requests.createUserBody,
  Login: requests.loginBody,
  LinkIntegration: requests.linkBody,
  BeginLink: requests.beginLinkBody,
}

const uri = (name: string): string => `#/components/schemas/${name}`
export const reference = (name: keyof typeof ANSWERS | keyof typeof BODIES): JsonSchema => ({ $ref: uri(name) })

/** `components.schemas` of the document. @see https://json-schema.org/draft/2020-12 */
export const componentSchemas = (): Record<string, JsonSchema> => ({
  ...convertNamed(ANSWERS, 'output'),
  ...convertNamed(BODIES, 'input'),
})

/** An answer where it is used: a reference where it has a name, or is a list of such. */
export const answerSchema = (schema: z.ZodType): JsonSchema => placed(schema, ANSWERS, 'output')
export const bodySchema = (schema: z.ZodType): JsonSchema => placed(schema, BODIES, 'input')
/** Written out, whatever it is. */
export const querySchema = (schema: z.ZodObject): JsonSchema => placed(schema, {}, 'input')

type Named = Readonly<Record<string, z.ZodType>>
type Side = 'input' | 'output'

function convertNamed(named: Named, io: Side): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { ...FORM, io, uri })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]))
}

/** Zod refers to registered schemas only among themselves, so one that is used elsewhere is registered beside them for that. */
function placed(schema: z.ZodType, named: Named, io: Side): JsonSchema {
  const [name] = Object.entries(named).find(([, known]) => known === schema) ?? []
  if (name !== undefined) return { $ref: uri(name) }
  return convertNamed({ ...named, [PLACED]: schema }, io)[PLACED] ?? {}
}

const PLACED = 'Placed'

const FORM = {
  target: 'draft-2020-12',
  unrepresentable: 'any',
  override: ({ jsonSchema }: { jsonSchema: JsonSchema }) => dropSafeIntegerRange(jsonSchema),
} as const

/** Without the names that a schema has only where it is a document of its own. */
const bare = ({ $schema: _schema, $id: _id, id: _name, ...schema }: JsonSchema): JsonSchema => schema
