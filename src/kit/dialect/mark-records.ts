import type { z } from 'zod'
import { isPlainObject } from '../../base/json.js'
import { keepKeys } from './translate.js'

type Walk = (value: unknown) => void

const WRAPPERS = new Set(['optional', 'nullable', 'default', 'prefault', 'readonly', 'catch', 'nonoptional'])
const FREE = new Set(['record', 'unknown', 'any', 'json', 'map', 'lazy', 'custom'])

/**
 * Makes the function that marks, in a parsed input, every object whose keys are the caller's data and not our names:
 * those of `z.record`, `z.json` and `z.unknown`.
 * @returns undefined where the schema has none, so that nothing has to be walked
 */
export function recordMarker(schema: z.ZodType): Walk | undefined {
  const { def } = schema as unknown as { def: Record<string, unknown> & { type: string } }
  const inner = (name: string): Walk | undefined => recordMarker(def[name] as z.ZodType)
  if (WRAPPERS.has(def.type)) return inner('innerType')
  if (def.type === 'pipe') return inner('out')
  if (def.type === 'array') return eachItem(inner('element'))
  if (def.type === 'object') return eachMember(def.shape as Record<string, z.ZodType>)
  if (def.type === 'union') return all((def.options as z.ZodType[]).map(recordMarker))
  return FREE.has(def.type) ? markAll : undefined
}

function markAll(value: unknown): void {
  if (Array.isArray(value)) value.forEach(markAll)
  else if (isPlainObject(value)) keepKeys(value)
}

function eachItem(walk: Walk | undefined): Walk | undefined {
  return walk && ((value) => Array.isArray(value) && value.forEach(walk))
}

function eachMember(shape: Record<string, z.ZodType>): Walk | undefined {
  const walks = Object.entries(shape).flatMap(([name, member]) => {
    const walk = recordMarker(member)
    return walk ? [[name, walk] as const] : []
  })
  if (walks.length === 0) return undefined
  return (value) => {
    if (isPlainObject(value)) for (const [name, walk] of walks) walk((value as Record<string, unknown>)[name])
  }
}

function all(walks: (Walk | undefined)[]): Walk | undefined {
  const known = walks.filter((walk) => walk !== undefined)
  if (known.length === 0) return undefined
  return (value) => {
    for (const walk of known) walk(value)
  }
}
