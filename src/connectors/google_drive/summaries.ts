import {
  backgroundParameters,
  defineAction,
  fanOut,
  gather,
  invalidParameters,
  itemsAt,
  type Json,
  memberAt,
  path,
  Result,
  type Upstream,
} from '../../kit/index.js'
import { id, SEES, SHARED_DRIVES } from './fields.js'
import { type Counts, countsOf, kindOf, sumOf } from './kinds.js'

/** For how long counts are kept. Seconds. */
const KEPT_FOR = 3600
const FOLDER = 'application/vnd.google-apps.folder'
const A_FILE = `trashed = false and mimeType != '${FOLDER}'`
const A_FOLDER = `trashed = false and mimeType = '${FOLDER}'`
const PER_PAGE = 1000
/** The most that one summary looks at. */
const MOST_FOLDERS = 3000
const MOST_FILES = 100_000

interface Listed {
  items: Json[]
  truncated: boolean
}

/**
 * Everything that a query finds, up to a limit.
 * @param query what to look for, and where
 * @param fields the members that are asked for
 * @param report gets how many were found so far
 */
const listed = (
  drive: Upstream,
  query: Readonly<Record<string, string | boolean>>,
  { fields, most, report }: { fields: readonly string[]; most: number; report?: (done: number) => void },
): Promise<Listed> => {
  let done = 0
  return gather<string>(async (page_token) => {
    const { json } = await drive.send({
      method: 'GET',
      path: path`/files`,
      query: { ...query, page_size: PER_PAGE, page_token },
      select: { fields, items: 'files', beside: ['next_page_token'] },
    })
    const [items, next] = [itemsAt(json, 'files'), memberAt(json, 'next_page_token')]
    done += items.length
    report?.(done)
    return { items, next: typeof next === 'string' ? next : undefined }
  }, most)
}

const isFolder = (file: Json): boolean => memberAt(file, 'mime_type') === FOLDER
const idOf = (file: Json): string => String(memberAt(file, 'id'))
const parentsOf = (file: Json): string[] => itemsAt(file, 'parents').map(String)

/** A text in a query of Drive's. @see https://developers.google.com/workspace/drive/api/guides/search-files */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/**
 * Counts the files in a folder and all folders below it, level by level.
 * @param report gets how many folders were looked at, and how many are known
 */
async function countBelow(
  drive: Upstream,
  folder: string,
  { signal, report }: { signal: AbortSignal; report: (done: number, total: number) => void },
): Promise<{ counts: Counts; truncated: boolean }> {
  const known = new Set([folder])
  const counts = countsOf([])
  let [level, truncated, done, left] = [[folder], false, 0, MOST_FILES]
  /** Counts the files of a folder. @returns the folders in it */
  const look = async (parent: string): Promise<string[]> => {
    if (left <= 0) {
      truncated = true
      return []
    }
    const q = `${quoted(parent)} in parents and trashed = false`
    const query = { q, ...SHARED_DRIVES, include_items_from_all_drives: true }
    const list = await listed(drive, query, { fields: ['id', 'mime_type', 'file_extension'], most: left })
    truncated ||= list.truncated
    left -= list.items.length
    for (const file of list.items) if (!isFolder(file)) counts[kindOf(file)]++
    report(++done, known.size)
    return list.items.filter(isFolder).map(idOf)
  }
  while (level.length > 0) {
    const below = new Set((await fanOut(level, look, { signal })).flat())
    const found = [...below].filter((one) => !known.has(one))
    level = found.slice(0, MOST_FOLDERS - known.size)
    truncated ||= level.length < found.length
    for (const one of level) known.add(one)
  }
  return { counts, truncated }
}

const wasTruncated = (truncated: boolean) => (truncated ? { truncated } : {})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list */
export const summarizeFolderFiles = defineAction({
  name: 'summarize_folder_files_by_type',
  description: `Count the files of a folder and of all folders below it by kind; not folders, nothing from the trash. Kept for an hour. meta.truncated: only the first ${MOST_FOLDERS} folders or ${MOST_FILES} files were counted.`,
  examples: ['how many documents are in this folder', 'what kinds of files does the project folder have'],
  effect: 'read',
  scopes: [SEES],
  input: { folder_id: id('folder'), ...backgroundParameters },
  run: {
    gatheredBy: ['folder_id'],
    keptFor: KEPT_FOR,
    gather: async (upstream, { folder_id }, call) => {
      const drive = upstream.patient()
      const { json } = await drive.send({
        method: 'GET',
        path: path`/files/${folder_id}`,
        query: SHARED_DRIVES,
        select: { fields: ['id', 'mime_type'] },
      })
      if (!isFolder(json)) {
        const errors = [{ field: 'folder_id', message: 'is not the id of a folder' }]
        throw invalidParameters('What has this id is not a folder; get_file tells what it is.', errors)
      }
      return countBelow(drive, idOf(json), call)
    },
    answer: ({ counts, truncated }, { folder_id }) =>
      new Result({ is_processing: false, folder_id, files_summary: counts }, wasTruncated(truncated)),
  },
})

/** The folders that lie in My Drive, however deep. @param root the id of My Drive */
function treeOf(root: string, folders: readonly Json[]): Set<string> {
  const below = new Map<string, string[]>()
  for (const folder of folders) {
    for (const parent of parentsOf(folder)) {
      const children = below.get(parent) ?? []
      children.push(idOf(folder))
      below.set(parent, children)
    }
  }
  const tree = new Set([root])
  // A set yields what is added while it is walked.
  for (const folder of tree) for (const child of below.get(folder) ?? []) tree.add(child)
  return tree
}

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list */
export const summarizeAllFiles = defineAction({
  name: 'summarize_total_files_by_type',
  description: `Count the person's files by kind: those in My Drive, those that others share, and both; no folders, shared drives or trash. Kept for an hour. meta.truncated: only the first ${MOST_FILES} were counted.`,
  examples: [
    'how many spreadsheets do I have',
    'what kinds of files are in my drive',
    'how many files are shared with me',
  ],
  effect: 'read',
  scopes: [SEES],
  input: { waiting: backgroundParameters.waiting },
  run: {
    gatheredBy: [],
    keptFor: KEPT_FOR,
    gather: async (upstream, _, { report }) => {
      const drive = upstream.patient()
      const root = await drive.send({ method: 'GET', path: path`/files/root`, select: { fields: ['id'] } })
      const inAll = { most: MOST_FILES, fields: ['id', 'parents'] }
      const folders = await listed(drive, { q: A_FOLDER, corpora: 'user' }, inAll)
      const tree = treeOf(idOf(root.json), folders.items)
      const fields = ['mime_type', 'file_extension', 'parents']
      const files = await listed(drive, { q: A_FILE, corpora: 'user' }, { most: MOST_FILES, fields, report })
      const isMine = (file: Json): boolean => parentsOf(file).some((parent) => tree.has(parent))
      return {
        mine: countsOf(files.items.filter(isMine).map(kindOf)),
        shared: countsOf(files.items.filter((file) => !isMine(file)).map(kindOf)),
        truncated: folders.truncated || files.truncated,
      }
    },
    answer: ({ mine, shared, truncated }) => {
      const data = {
        is_processing: false,
        total_all_files: sumOf(mine, shared),
        total_my_drive_files: mine,
        total_shared_with_me_files: shared,
      }
      return new Result(data, wasTruncated(truncated))
    },
  },
})
