import { getVariableValues, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
import { linearSchema } from './typed-schema.js'

/** A document with its variables, as it left. */
export interface Sent {
  query: string
  variables: Record<string, unknown>
}

/**
 * Holds a document and its variables against Linear's schema. A value belongs into the variables; how many items a list in a list has
 * at most is the one number in a document.
 * @returns what does not fit: unknown or deprecated fields and arguments, members of inputs, types, values of enums
 */
export function faultsOf({ query, variables }: Sent): string[] {
  const schema = linearSchema()
  const document = parse(query)
  const faults = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]).map(String)
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
  if (/["\d]/.test(query.replaceAll(/first: \d+/g, ''))) faults.push('a value stands in the document')
  return faults
}
