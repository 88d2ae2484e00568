import type { Compilable, Kysely } from 'kysely'
import type { Schema } from './schema.js'

/** A placeholder in a query for the value that each run supplies. */
class Placeholder {
  readonly position: number

  constructor(position: number) {
    this.position = position
  }
}

/**
 * Builds and compiles a query once; a run only supplies its values. For reads that every action call makes: compiling
 * takes longer than answering them.
 * @param build the query as a function of its texts; it must not inspect them
 * @example const byId = prepared(db, (id: string) => db.selectFrom('users').selectAll().where('id', '=', id))
 */
export function prepared<Texts extends string[], Row>(
  db: Kysely<Schema>,
  build: (...texts: Texts) => Compilable<Row>,
): (...texts: Texts) => Promise<Row[]> {
  const placeholders = Array.from({ length: build.length }, (_, position) => new Placeholder(position))
  const query = build(...(placeholders as unknown as Texts)).compile()
  return async (...texts) => {
    const parameters = query.parameters.map((value) => (value instanceof Placeholder ? texts[value.position] : value))
    const { rows } = await db.executeQuery<Row>({ ...query, parameters })
    return rows
  }
}
