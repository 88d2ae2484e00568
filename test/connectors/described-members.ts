/** A JSON Schema whose references are followed already: its parts may lead back to itself. */
export interface Schema {
  type?: unknown
  properties?: Record<string, Schema>
  required?: readonly string[]
  items?: Schema
  additionalProperties?: boolean | Schema
  patternProperties?: Record<string, Schema>
  allOf?: readonly Schema[]
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  enum?: readonly unknown[]
  const?: unknown
  default?: unknown
  example?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  description?: string
}

/**
 * The members of a value that no schema declares, as places: `/labels/0/nmae`. An object is open where its description says
 * that it is a map (`additionalProperties`), or declares no member at all.
 */
export function unknownMembers(schemas: readonly Schema[], value: unknown, place = ''): string[] {
  const all = withParts(schemas)
  if (Array.isArray(value)) {
    const items = all.flatMap((schema) => schema.items ?? [])
    return value.flatMap((item, index) => unknownMembers(items, item, `${place}/${index}`))
  }
  if (typeof value !== 'object' || value === null) return []
  const isDeclared = all.some(({ properties = {} }) => Object.keys(properties).length > 0)
  return Object.entries(value).flatMap(([name, member]) => {
    const known = all.flatMap((schema) => schemasOf(schema, name))
    if (known.length > 0) return unknownMembers(known, member, `${place}/${name}`)
    return isDeclared && !all.some(({ additionalProperties }) => additionalProperties === true)
      ? [`${place}/${name}`]
      : []
  })
}

/** What a schema says about a member, by its name, or by what it says about all names. */
function schemasOf({ properties = {}, patternProperties = {}, additionalProperties }: Schema, name: string): Schema[] {
  const named = Object.hasOwn(properties, name) ? properties[name] : undefined
  if (named) return [named]
  const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern).test(name))
  if (matching.length > 0) return matching.map(([, schema]) => schema)
  return typeof additionalProperties === 'object' ? [additionalProperties] : []
}

/** Schemas with all those they are made of. */
export function withParts(schemas: readonly Schema[]): Schema[] {
  const found = new Set<Schema>()
  const add = (schema: Schema): void => {
    if (found.has(schema)) return
    found.add(schema)
    for (const part of [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) add(part)
  }
  schemas.forEach(add)
  return [...found]
}
