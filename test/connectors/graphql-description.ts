import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type DocumentNode,
  executeSync,
  type FieldNode,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getVariableValues,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  NoDeprecatedCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql'
import { isPlainObject, type Json } from '../../src/base/json.js'
import type { SeenRequest } from './harness.js'
import { type Description, placeOf } from './oracle.js'
import { valueFor } from './proof/values.js'

/** A vendor's GraphQL schema as a judge of documents and their variables, and as a third party that answers them. */
export interface GraphqlDescription extends Description {
  schema: GraphQLSchema
  /** The texts that stand in a document itself, and not in its variables. */
  texts(request: SeenRequest): string[]
  /** @param isFirst false where a page was asked for before: there is no other one then */
  answer(request: SeenRequest, isFirst: boolean): Json
}

/**
 * Where a schema is: a file as of `openDescription`, in GraphQL's schema language, or what makes it of something else that the
 * vendor publishes.
 */
export type SchemaSource = string | (() => GraphQLSchema)

const opened = new Map<SchemaSource, GraphqlDescription>()

/** Opens a schema, once for each source. */
export function openGraphql(source: SchemaSource): GraphqlDescription {
  const description = opened.get(source) ?? describedBy(typeof source === 'string' ? schemaIn(source) : source())
  opened.set(source, description)
  return description
}

/** GitHub's schema defines two fields twice, which is no fault of a request. */
const schemaIn = (file: string): GraphQLSchema =>
  buildSchema(readFileSync(placeOf(file), 'utf8'), { assumeValidSDL: true, noLocation: true })

/** @see https://spec.graphql.org/October2021/#sec-Validation */
export function describedBy(schema: GraphQLSchema): GraphqlDescription {
  /** Most plays send a document that was sent before. */
  const read = new Map<string, ReadDocument>()
  const documentOf = (request: SeenRequest): ReadDocument => {
    const text = String(bodyOf(request).query)
    const known = read.get(text) ?? readDocument(schema, text)
    read.set(text, known)
    return known
  }
  return {
    schema,
    faults: (request) => {
      const { query, variables = {}, ...more } = bodyOf(request)
      if (typeof query !== 'string') return ['a GraphQL request has a document in its member query']
      const { faults, operation } = documentOf(request)
      const other = Object.keys(more).map((name) => `a GraphQL request has no member ${name}`)
      const [{ method }, values] = [request, isPlainObject(variables) ? variables : {}]
      return [
        ...(method === 'POST' ? other : [`a GraphQL document leaves by POST, not ${method}`, ...other]),
        ...faults,
        ...(operation ? variableFaults(schema, operation, values) : []),
      ]
    },
    method: (request) => (documentOf(request).operation?.operation === 'query' ? 'GET' : 'POST'),
    answerSchema: () => undefined,
    answerExample: () => undefined,
    texts: (request) => textsIn(documentOf(request).document),
    answer: (request, isFirst) => answered(schema, bodyOf(request), { resolve: made(isFirst) }),
  }
}

/** GET where a request is a GraphQL query, whatever it asks; for addresses without a schema. */
export function methodOfDocument(request: SeenRequest): 'GET' | undefined {
  const { query } = bodyOf(request)
  if (typeof query !== 'string') return undefined
  try {
    const operations = parse(query).definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    return operations.length > 0 && operations.every(({ operation }) => operation === 'query') ? 'GET' : undefined
  } catch {
    return undefined
  }
}

interface ReadDocument {
  faults: string[]
  document?: DocumentNode
  /** Undefined where the document is no single operation. */
  operation?: OperationDefinitionNode
}

const bodyOf = ({ content }: SeenRequest): Record<string, unknown> =>
  content && 'json' in content && isPlainObject(content.json) ? content.json : {}

function readDocument(schema: GraphQLSchema, text: string): ReadDocument {
  try {
    const document = parse(text)
    const faults = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]).map(({ message }) => message)
    const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    const [operation] = operations
    if (!operation || operations.length > 1) return { faults: [...faults, 'a document has one operation'] }
    return { faults, document, operation }
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] }
  }
}

function textsIn(document: DocumentNode | undefined): string[] {
  const texts: string[] = []
  if (document) visit(document, { StringValue: ({ value }) => void texts.push(value) })
  return texts
}

function variableFaults(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown>,
): string[] {
  const declared = variableDefinitions.map(({ variable }) => variable.name.value)
  const unknown = Object.keys(variables).filter((name) => !declared.includes(name))
  const { errors = [] } = getVariableValues(schema, variableDefinitions, variables)
  return [...errors.map(({ message }) => message), ...unknown.map((name) => `the document has no variable $${name}`)]
}

/** How a third party answers. */
interface Answering {
  /** The members of the answer's root; a function gets the arguments of its field, and may throw a `GraphQLError`. */
  root?: object
  /** What a field is that the object it belongs to does not have. */
  resolve?: (info: GraphQLResolveInfo) => unknown
}

/** The answer to a document, with what is null where a field failed. `type` of an error's extensions stands beside its message, as GitHub has it. */
export function answered(
  schema: GraphQLSchema,
  body: Record<string, unknown>,
  { root = {}, resolve = made(false) }: Answering,
): Json {
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
    const own = Object(source)[info.fieldName]
    if (own === undefined) return resolve(info)
    return typeof own === 'function' ? own(args, context, info) : own
  }
  const { data, errors } = executeSync({
    schema,
    document: parse(String(body.query)),
    rootValue: root,
    variableValues: isPlainObject(body.variables) ? body.variables : {},
    fieldResolver,
    typeResolver: (value) => Object(value).__typename,
  })
  const told = errors?.map((error) => {
    const { extensions, ...more } = error.toJSON()
    const { type, ...others } = extensions ?? {}
    return { ...more, ...(type ? { type } : {}), ...(Object.keys(others).length > 0 ? { extensions: others } : {}) }
  })
  // Through JSON, as an answer comes.
  return JSON.parse(JSON.stringify({ ...(data === undefined ? {} : { data }), ...(told ? { errors: told } : {}) }))
}

/** An error that says its kind, for a function of `root` to throw. */
export const failedField = (type: string, message: string, more: object = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { type, ...more } })

/** A value of the type of a field. */
const made =
  (hasNext: boolean) =>
  (info: GraphQLResolveInfo): unknown => {
    if (/next/i.test(info.fieldName) && getNamedType(info.returnType).name === 'Boolean') return hasNext
    return madeOf(info.returnType, info)
  }

function madeOf(type: GraphQLOutputType, info: GraphQLResolveInfo): unknown {
  if (isNonNullType(type)) return madeOf(type.ofType, info)
  if (isListType(type)) return [madeOf(type.ofType, info)]
  if (isEnumType(type)) return type.getValues()[0]?.value
  if (isScalarType(type)) return scalarOf(type.name, info.fieldName)
  return isAbstractType(type) ? { __typename: wantedType(info) ?? info.schema.getPossibleTypes(type)[0]?.name } : {}
}

const SCALARS: Readonly<Record<string, object>> = {
  Int: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  DateTime: { type: 'string', format: 'date-time' },
  Date: { type: 'string', format: 'date' },
  URI: { type: 'string', format: 'uri' },
}

const scalarOf = (type: string, name: string): unknown =>
  valueFor(SCALARS[type] ?? { type: 'string' }, name, { whole: false })

/** The first type that the document has members of. */
const wantedType = ({ fieldNodes, schema }: GraphQLResolveInfo): string | undefined =>
  fieldNodes
    .flatMap(({ selectionSet }: FieldNode) => selectionSet?.selections ?? [])
    .flatMap((one) => (one.kind === Kind.INLINE_FRAGMENT && one.typeCondition ? one.typeCondition.name.value : []))
    .find((name) => !isAbstractType(schema.getType(name)))
