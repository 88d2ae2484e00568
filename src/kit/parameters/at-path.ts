import { z } from 'zod'
import { isPlainObject } from '../../base/json.js'

type Path = readonly PropertyKey[]

/** The names that an object may have there, by its schema; none where the schema does not say. */
export function namesAt(schema: z.ZodType, path: Path): string[] {
  const found = path.reduce<unknown>((at, step) => within(bare(at), step), schema)
  const object = bare(found)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

/** What was sent there; undefined for nothing. */
export const valueAt = (raw: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, step) => {
    if (Array.isArray(at)) return at[Number(step)]
    return isPlainObject(at) && Object.hasOwn(at, step) ? at[String(step)] : undefined
  }, raw)

/** The schema of a member or an item. */
function within(schema: unknown, step: PropertyKey): unknown {
  if (schema instanceof z.ZodArray) return schema.element
  if (schema instanceof z.ZodRecord) return schema.valueType
  return schema instanceof z.ZodObject && Object.hasOwn(schema.shape, step) ? schema.shape[String(step)] : undefined
}

/** The schema without what says that it may be left out. */
function bare(schema: unknown): unknown {
  const isAround = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
  return isAround ? bare(schema.unwrap()) : schema
}
