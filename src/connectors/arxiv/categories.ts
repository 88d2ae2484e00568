import { defineAction, invalidParameters, type JsonObject, z } from '../../kit/index.js'
import { ARCHIVES } from './taxonomy.js'

/** Arrays of what is shown, made once. */
const CATEGORIES: readonly (JsonObject & { group: string; archive: string })[] = ARCHIVES.flatMap(
  ({ id: archive, group, categories }) =>
    categories.map(([id, name, description]) => ({
      id: id === '' ? archive : `${archive}.${id}`,
      name,
      group,
      archive,
      description,
    })),
)

/** @see https://arxiv.org/category_taxonomy */
export const getCategories = defineAction({
  name: 'get_categories',
  description: 'List the categories of arXiv with their ids, which searches and daily updates take.',
  examples: ['arXiv categories', 'what is cs.LG', 'which category is for statistics'],
  effect: 'read',
  input: {
    group: z.string().optional().describe('Group (Physics, Computer Science) or archive (hep-th, cs); all by default'),
  },
  run: async (_arxiv, { group }) => {
    if (group === undefined) return [...CATEGORIES]
    const wanted = group.trim().toLowerCase()
    const found = CATEGORIES.filter(({ group, archive }) => [group.toLowerCase(), archive].includes(wanted))
    if (found.length > 0) return found
    const archives = ARCHIVES.map(({ id }) => id).join(', ')
    throw invalidParameters('There is no group or archive of this name on arXiv.', [
      { field: 'group', message: `must be the name of a group, or one of ${archives}` },
    ])
  },
})
