import {
  cursorPage,
  defineAction,
  type Gathered,
  gather,
  isPlainObject,
  type Json,
  type JsonObject,
  path,
  Result,
  request,
  type Upstream,
  z,
} from '../../kit/index.js'
import { FILE_FIELDS, moreOfFile, SEES, SHARED_DRIVES, sharedDrives } from './fields.js'

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list */
export const searchFiles = defineAction({
  name: 'search_files',
  description:
    "Find or list files and folders in Google's query notation: name contains 'report', fullText contains 'budget', 'FOLDER_ID' in parents, mimeType = '…', trashed = false. Without a query all are listed, trash too.",
  examples: ['find my presentation about the launch', 'what is in this folder', 'spreadsheets changed this week'],
  effect: 'read',
  scopes: [SEES],
  aliases: { cursor: 'page_token' },
  input: {
    page_size: z.number().int().min(1).max(1000).default(100).describe('Most on a page'),
    page_token: z.string().optional().describe('meta.forwards_cursor of the page before'),
    query: z.string().optional().describe("What to find, in Google's notation; a quote in a value is written \\'"),
    order_by: z.string().optional().describe('Such as modifiedTime desc, name'),
    corpora: z
      .enum(['user', 'domain', 'drive', 'allDrives'])
      .optional()
      .describe('Where to look: user for My Drive and shared files, drive with drive_id, allDrives'),
    drive_id: z.string().optional().describe('Id of the shared drive to look in'),
    include_items_from_all_drives: z.boolean().optional().describe('Also files of shared drives'),
    spaces: z.string().optional().describe('drive or appDataFolder'),
    ...sharedDrives,
    ...moreOfFile,
  },
  defaultFields: FILE_FIELDS,
  run: request('GET /files', {
    rename: { query: 'q' },
    adds: SHARED_DRIVES,
    // Google refuses a search in shared drives that does not say this as well.
    complete: ({ corpora, drive_id }) =>
      drive_id !== undefined || corpora === 'drive' || corpora === 'allDrives'
        ? { include_items_from_all_drives: true }
        : {},
    answer: cursorPage({ items: 'files', next: 'next_page_token' }),
  }),
})

const DAY_MS = 24 * 60 * 60 * 1000
/** The most files looked at for each of the two times. */
const MOST = 1000
/** The person's own files, and those of shared drives that the person had to do with. */
const EVERYWHERE = { ...SHARED_DRIVES, include_items_from_all_drives: true } as const
const A_FILE = "trashed = false and mimeType != 'application/vnd.google-apps.folder'"

type RecentTime = 'modified_by_me_time' | 'viewed_by_me_time'

/**
 * Google finds files by when the person viewed them, but not by when the person changed them: those are among the files that
 * somebody changed, in the order of the person's own changes.
 * @see https://developers.google.com/workspace/drive/api/guides/ref-search-terms
 */
async function recentFiles(
  drive: Upstream,
  since: string,
  time: RecentTime,
  fields: readonly string[] | null,
): Promise<Gathered> {
  const [term, order_by] =
    time === 'viewed_by_me_time' ? ['viewedByMeTime', 'viewedByMeTime desc'] : ['modifiedTime', 'modifiedByMeTime desc']
  const select = {
    fields: fields && [...fields, 'id', 'modified_by_me_time', 'viewed_by_me_time'],
    items: 'files',
    beside: ['next_page_token'],
  }
  return gather<string>(async (page_token) => {
    const q = `${term} > '${since}' and ${A_FILE}`
    const query = { ...EVERYWHERE, q, order_by, page_size: 100, page_token }
    const { json } = await drive.send({ method: 'GET', path: path`/files`, query, select })
    const { files = [], next_page_token } = json as { files?: Json[]; next_page_token?: string }
    const recent = files.filter((file) => timeOf(file, time) > since)
    return { items: recent, next: recent.length < files.length ? undefined : next_page_token }
  }, MOST)
}

const timeOf = (file: Json, time: RecentTime): string => {
  const value = isPlainObject(file) ? file[time] : undefined
  return typeof value === 'string' ? value : ''
}

/** ISO 8601 times of one zone are in the order of their texts. */
const lastTime = (file: Json): string =>
  [timeOf(file, 'modified_by_me_time'), timeOf(file, 'viewed_by_me_time')].sort().at(-1) ?? ''

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list */
export const listRecentFiles = defineAction({
  name: 'list_recent_files_from_yesterday',
  description:
    'List the files that the person opened or changed in the last 24 hours, the latest first. No folders, nothing from the trash.',
  examples: ['what did I work on yesterday', 'files I opened recently', 'continue where I left off'],
  effect: 'read',
  scopes: [SEES],
  input: {},
  defaultFields: FILE_FIELDS,
  run: async (drive, _, { fields }) => {
    const since = new Date(Date.now() - DAY_MS).toISOString()
    const patient = drive.patient()
    const changed = await recentFiles(patient, since, 'modified_by_me_time', fields)
    const viewed = await recentFiles(patient, since, 'viewed_by_me_time', fields)
    const files = new Map([...changed.items, ...viewed.items].map((file) => [(file as JsonObject).id, file]))
    const latestFirst = [...files.values()].sort((a, b) => Date.parse(lastTime(b)) - Date.parse(lastTime(a)))
    return changed.truncated || viewed.truncated ? new Result(latestFirst, { truncated: true }) : latestFirst
  },
})
