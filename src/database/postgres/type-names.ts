import type { Client } from 'pg'
import type { Types } from './shape.js'
import { arrayOf, namedType } from './values.js'

/** Types that are not built in: enums, composites, those of extensions. @param types what is found is added to them */
export async function learnTypes(client: Client, unknown: readonly number[], types: Types): Promise<void> {
  const found = await client.query<TypeRow>(TYPE_NAMES, [unknown]).catch(() => ({ rows: [] as TypeRow[] }))
  for (const { oid, name, element, element_oid, delimiter } of found.rows) {
    const known = types.get(element_oid ?? 0) ?? namedType(element ?? '')
    types.set(oid, element === null ? namedType(name) : arrayOf(known, delimiter))
  }
}

interface TypeRow {
  oid: number
  name: string
  /** The element of an array type. `int2vector` and its like have elements, too, but are printed in another way. */
  element: string | null
  element_oid: number | null
  delimiter: string
}

const TYPE_NAMES = `select t.oid, t.typname as name, e.typname as element, e.oid as element_oid, t.typdelim as delimiter
  from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.typarray = t.oid where t.oid = any($1)`
