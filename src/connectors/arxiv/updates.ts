import { defineAction, invalidParameters, path, Result, z } from '../../kit/index.js'
import { announcementOf, entriesOf } from './feed.js'

/** @see https://info.arxiv.org/help/rss.html */
export const getDailyUpdates = defineAction({
  name: 'get_daily_updates',
  description:
    'List what arXiv announced today in a category: new papers, cross-lists and replacements (announce_type). Empty on days without announcement, such as weekends.',
  examples: ['new papers today', "today's arXiv in machine learning", 'what was announced in hep-th'],
  effect: 'read',
  input: {
    category: z.string().min(1).describe('Category or archive: cs.LG, hep-th, math; several joined by +'),
    max_results: z.number().int().min(1).optional().describe('The most papers; all of the day by default'),
  },
  run: async (arxiv, { category, max_results }) => {
    if (!CATEGORIES.test(category)) {
      throw invalidParameters('category is not a category of arXiv; get_categories lists them.', [
        { field: 'category', message: 'must be ids such as cs.LG or hep-th, joined by +' },
      ])
    }
    const feed = await arxiv.xml({ method: 'GET', host: 'rss', path: path`/atom/${category}` })
    const entries = entriesOf(feed)
    return new Result(entries.slice(0, max_results).map(announcementOf), { total: entries.length })
  },
})

const CATEGORIES = /^[\w.-]{1,40}(?:\+[\w.-]{1,40}){0,50}$/
