import {
  executeSync,
  type GraphQLFieldResolver,
  GraphQLInterfaceType,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  parse,
} from 'graphql'
import type { JsonObject } from '../../../src/base/json.js'
import { faultsOf, type Sent } from './judge.js'
import { linearSchema } from './typed-schema.js'

/**
 * A Linear that has something for every field, and refuses what its schema does not have, with the status and the code that
 * Apollo's server, which Linear uses, gives to it.
 * @see https://www.apollographql.com/docs/apollo-server/data/errors#built-in-error-codes
 */
export function anyLinear(sent: Sent): { status: number; json: JsonObject } {
  const faults = faultsOf(sent)
  if (faults.length > 0)
    return { status: 400, json: refusal('GRAPHQL_VALIDATION_FAILED', 'graphql error', faults.join('\n')) }
  const { data, errors } = executeSync({
    schema: linearSchema(),
    document: parse(sent.query),
    variableValues: sent.variables,
    fieldResolver: something,
    typeResolver: itself,
  })
  if (errors) throw new Error(errors.join('\n'))
  return { status: 200, json: { data: data as JsonObject } }
}

/** How Linear words a refusal. @see https://linear.app/developers/graphql#error-handling */
export const refusal = (code: string, type: string, message: string) => ({
  errors: [{ message, extensions: { code, type, userError: true, userPresentableMessage: message } }],
})

const something: GraphQLFieldResolver<unknown, unknown> = (_source, _args, _context, { returnType, fieldName }) =>
  anyValue(returnType, fieldName)

const itself: GraphQLTypeResolver<unknown, unknown> = (_value, _context, info, type) =>
  type instanceof GraphQLInterfaceType ? info.schema.getPossibleTypes(type)[0]?.name : type.getTypes()[0]?.name

function anyValue(type: GraphQLOutputType, name: string): unknown {
  if (isNonNullType(type)) return anyValue(type.ofType, name)
  if (isListType(type)) return [anyValue(type.ofType, name)]
  if (isEnumType(type)) return type.getValues()[0]?.value
  if (type instanceof GraphQLObjectType || !isScalarType(type)) return {}
  if (type.name === 'Boolean') return true
  return type.name === 'Int' || type.name === 'Float' ? 1 : `${name}-1`
}
