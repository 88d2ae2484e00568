import { getVariableValues, NoDeprecatedCustomRule, parse, validate } from 'graphql'
import { linearSchema } from './typed-schema.js'

/** A document with its variables, as it left. */
export interface Sent {
  query: string
  variables: Record<string, unknown>
}

/**
 * Holds a document and its variables against Linear's schema.
 * @returns what does not fit: unknown fields, arguments and members of inputs, types, values of enums
 */
export function faultsOf({ query, variables }: Sent): string[] {
  const schema = linearSchema()
  const document = parse(query)
  const faults = validate(schema, document).map(String)
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition') continue
    const declared = definition.variableDefinitions ?? []
    faults.push(...(getVariableValues(schema, declared, variables).errors ?? []).map(String))
    const names = declared.map(({ variable }) => variable.name.value)
    faults.push(
      ...Object.keys(variables)
        .filter((name) => !names.includes(name))
        .map((name) => `no variable ${name}`),
    )
  }
  return faults
}

/**
 * What Linear takes, and a connector does not do: it asks for nothing deprecated, and values stand in the variables. How many items
 * a list in a list has at most is the one number in a document.
 */
export function badMannersOf({ query }: Sent): string[] {
  const deprecated = validate(linearSchema(), parse(query), [NoDeprecatedCustomRule]).map(String)
  const bare = query.replaceAll(/first: \d+/g, '')
  return /["\d]/.test(bare) ? [...deprecated, `a value stands in the document: ${query}`] : deprecated
}
