import type { PageQuery } from '../wire/requests/index.js'

/** One page of a list, as the catalogue and the skills answer it. */
export const pageAnswer = <Item>(items: Item[], total: number, { limit, offset }: PageQuery) => ({
  items,
  meta: { total, limit, offset },
})
