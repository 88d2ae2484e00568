import { z } from 'zod'
import * as wire from '../index.js'
import * as requests from '../requests/index.js'
import { dropSafeIntegerRange } from '../schemas/tidy.js'
import type { Operation, OperationResponse } from './operation.js'

export type JsonSchema = Record<string, unknown>

/** The schemas that appear once, under a name of their own; all others are written where they are used. */
const ANSWERS = {
  NewClient: wire.newClient,
  CallbackOrigins: wire.callbackOriginList,
  CallbackSecret: wire.callbackSecret,
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
  KeptFile: wire.keptFile,
  KeptResult: wire.keptResult,
  Failure: wire.errorEnvelope,
}
const BODIES = {
  CreateClient: requests.createClientBody,
  SetCallbackOrigins: requests.callbackOriginsBody,
  CreateUser: requests.createUserBody,
  Login: requests.loginBody,
  LinkIntegration: requests.linkBody,
  BeginLink: requests.beginLinkBody,
  KeepResult: requests.keepResultBody,
}

const uri = (name: string): string => `#/components/schemas/${name}`
export const reference = (name: keyof typeof ANSWERS): JsonSchema => ({ $ref: uri(name) })

/**
 * The zod schemas of these routes as JSON Schemas, which refer to the named ones. All are converted at once, since zod refers to
 * a schema only from one that it converts together with it.
 * @see https://json-schema.org/draft/2020-12
 */
export class RouteSchemas {
  /** `components.schemas` of the document. */
  readonly components: Record<string, JsonSchema>
  readonly #placed: ReadonlyMap<z.ZodType, JsonSchema>

  constructor(operations: readonly Operation[]) {
    const answers = convert(
      ANSWERS,
      operations.map(({ answer }) => answeredIn(answer)),
      'output',
    )
    const requests = convert(
      BODIES,
      operations.flatMap(({ body, query }) => [body, query]),
      'input',
    )
    this.components = { ...answers.components, ...requests.components }
    this.#placed = new Map([...answers.placed, ...requests.placed])
  }

  /** A schema of one of the routes, where it is used. */
  of(schema: z.ZodType): JsonSchema {
    return this.#placed.get(schema) ?? {}
  }
}

const answeredIn = (answer: OperationResponse): z.ZodType | undefined =>
  Object.values(answer).find((value) => value instanceof z.ZodType)

interface Converted {
  components: Record<string, JsonSchema>
  placed: Map<z.ZodType, JsonSchema>
}

/** @param used schemas of routes, some of which may have names */
function convert(
  named: Readonly<Record<string, z.ZodType>>,
  used: readonly (z.ZodType | undefined)[],
  io: 'input' | 'output',
): Converted {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const nameless = [...new Set(used)].filter((schema) => schema !== undefined && !registry.has(schema)) as z.ZodType[]
  for (const [index, schema] of nameless.entries()) registry.add(schema, { id: `nameless ${index}` })
  const { schemas } = z.toJSONSchema(registry, { ...FORM, io, uri })
  return {
    components: Object.fromEntries(Object.keys(named).map((name) => [name, bare(schemas[name])])),
    placed: new Map([
      ...Object.entries(named).map(([name, schema]) => [schema, { $ref: uri(name) }] as const),
      ...nameless.map((schema, index) => [schema, bare(schemas[`nameless ${index}`])] as const),
    ]),
  }
}

const FORM = {
  target: 'draft-2020-12',
  unrepresentable: 'any',
  override: ({ jsonSchema }: { jsonSchema: JsonSchema }) => dropSafeIntegerRange(jsonSchema),
} as const

/** Removes the keywords that only a document of its own has. */
const bare = ({ $schema: _schema, $id: _id, id: _name, ...schema }: JsonSchema = {}): JsonSchema => schema
