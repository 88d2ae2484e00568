import { anyOf, z } from '../../kit/index.js'

const SCOPE = 'https://www.googleapis.com/auth'

/** Any scope that shows what is known of files. */
export const SEES = anyOf(
  `${SCOPE}/drive.metadata.readonly`,
  `${SCOPE}/drive.readonly`,
  `${SCOPE}/drive.metadata`,
  `${SCOPE}/drive`,
)
/** Any scope that changes what is known of files. */
export const CHANGES_METADATA = anyOf(`${SCOPE}/drive.metadata`, `${SCOPE}/drive`)
/** Any scope with which files can be made. */
export const MAKES = anyOf(`${SCOPE}/drive.file`, `${SCOPE}/drive`)
/** Any scope that gives the content of files. */
export const READS = anyOf(`${SCOPE}/drive.readonly`, `${SCOPE}/drive`)
/** All of Drive. */
export const EVERYTHING = `${SCOPE}/drive`

export const id = (what: string) => z.string().min(1).describe(`Id of the ${what}, as in its URL`)
export const parentFolder = z.string().optional().describe('Id of the folder it goes into; My Drive by default')
export const description = z.string().optional().describe('A short description of it')

/**
 * Google answers as if files of shared drives did not exist, unless a program says that it knows of them. This one does, so
 * the answer of an absent parameter is yes.
 */
export const sharedDrives = {
  supports_all_drives: z.boolean().optional().describe('False to act as if shared drives did not exist'),
}
export const SHARED_DRIVES = { supports_all_drives: true } as const

/** What may be asked for in addition, of an answer that is a file. */
export const moreOfFile = {
  include_permissions_for_view: z.string().optional().describe('published: also the permissions of that view'),
  include_labels: z.string().optional().describe('Ids of labels to show, joined by commas'),
}
export const keepRevision = z
  .boolean()
  .optional()
  .describe('Keep this version for ever; for files with content of their own')
export const ocrLanguage = z.string().optional().describe('Language for reading text in images, as an ISO 639-1 code')
export const ignoreVisibility = z
  .boolean()
  .optional()
  .describe("Do not show it to the whole organisation, where that is the organisation's default")

/** A file or folder as a model is shown it. */
export const FILE_FIELDS = [
  'id',
  'name',
  'mime_type',
  'size',
  'created_time',
  'modified_time',
  'owners.display_name',
  'owners.email_address',
  'last_modifying_user.display_name',
  'parents',
  'web_view_link',
  'drive_id',
  'description',
  'shared',
  'starred',
  'trashed',
  'md5_checksum',
  'shortcut_details',
] as const

/** The parameters of a change of a file that Google takes in the query. */
export const IN_QUERY = [
  'supports_all_drives',
  'include_permissions_for_view',
  'include_labels',
  'keep_revision_forever',
  'ocr_language',
  'use_content_as_indexable_text',
  'ignore_default_visibility',
  'add_parents',
  'remove_parents',
] as const
