import { allOf, binary, defineAction, emptyText, request, z } from '../../kit/index.js'
import {
  CHANGES_METADATA,
  description,
  EVERYTHING,
  FILE_FIELDS,
  IN_QUERY,
  id,
  ignoreVisibility,
  keepRevision,
  MAKES,
  moreOfFile,
  ocrLanguage,
  parentFolder,
  SEES,
  SHARED_DRIVES,
  sharedDrives,
} from './fields.js'
import { upload } from './upload.js'

const IN_FOLDER = { parent_folder_id: 'parents[0]' } as const
const inQuery = <Name extends string>(names: Readonly<Record<Name, unknown>>) =>
  IN_QUERY.filter((name) => name in names)

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/get */
export const getFile = defineAction({
  name: 'get_file',
  description:
    'Show what Google Drive knows of a file or folder: name, type, size, owners, folder, links. Not its content.',
  examples: ['who owns this file', 'when was this document last changed', 'details of a folder'],
  effect: 'read',
  scopes: [SEES],
  input: { id: id('file or folder'), ...sharedDrives, ...moreOfFile },
  defaultFields: FILE_FIELDS,
  run: request('GET /files/{id}', { adds: SHARED_DRIVES }),
})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/create */
export const createFile = defineAction({
  name: 'create_file',
  description:
    'Upload a file to Google Drive, under its own name. Returns the new file. A repeated call uploads it a second time.',
  examples: ['upload this report', 'save the picture to my drive', 'put the file into that folder'],
  effect: 'create',
  scopes: [MAKES],
  input: {
    file: binary().describe('The file'),
    resumeable: z.boolean().default(false).describe('Upload in parts; larger files always are'),
    parent_folder_id: parentFolder,
    description,
    use_content_as_indexable_text: z.boolean().default(false).describe('Find the file by its text, too'),
    ignore_default_visibility: ignoreVisibility,
    keep_revision_forever: keepRevision,
    ocr_language: ocrLanguage,
    ...sharedDrives,
    ...moreOfFile,
  },
  defaultFields: FILE_FIELDS,
  run: (drive, { file, resumeable, parent_folder_id, description, ...query }, call) =>
    upload(drive, {
      query,
      metadata: {
        name: file.filename ?? 'Untitled',
        ...(parent_folder_id === undefined ? {} : { parents: [parent_folder_id] }),
        ...(description === undefined ? {} : { description }),
      },
      file,
      inParts: resumeable,
      call,
    }),
})

const folder = {
  name: z.string().min(1).describe('Name of the folder'),
  parent_folder_id: parentFolder,
  description,
  ...sharedDrives,
  ...moreOfFile,
}

/** @see https://developers.google.com/workspace/drive/api/guides/folder */
export const createFolder = defineAction({
  name: 'create_folder',
  description: 'Make a folder in Google Drive. Returns it. A repeated call makes a second folder of the same name.',
  examples: ['make a folder for the project', 'new folder inside another one'],
  effect: 'create',
  scopes: [MAKES],
  input: folder,
  defaultFields: FILE_FIELDS,
  run: request('POST /files', {
    query: inQuery(folder),
    rename: IN_FOLDER,
    adds: { mime_type: 'application/vnd.google-apps.folder' },
    addsToQuery: SHARED_DRIVES,
  }),
})

const moving = {
  add_parents: z.string().optional().describe('Id of the folder to move it into'),
  remove_parents: z.string().optional().describe('Id of the folder to take it out of'),
}

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/update */
export const updateFile = defineAction({
  name: 'update_file',
  description:
    'Rename, describe or move a file in Google Drive, or replace its content. What is left out stays. A repeated call changes nothing more.',
  examples: ['rename this file', 'move the document to another folder', 'upload a new version'],
  effect: 'update',
  scopes: [CHANGES_METADATA, allOf(EVERYTHING, { when: 'file' })],
  input: {
    id: id('file'),
    file: binary().optional().describe('The new content; the old one is kept as a revision'),
    resumable: z.boolean().default(false).describe('Upload in parts; larger files always are'),
    name: z.string().optional().describe('The new name'),
    description,
    ...moving,
    keep_revision_forever: keepRevision,
    ocr_language: ocrLanguage,
    use_content_as_indexable_text: z.boolean().optional().describe('Find the file by its text, too'),
    ...sharedDrives,
    ...moreOfFile,
  },
  defaultFields: FILE_FIELDS,
  run: (drive, { id, file, resumable, name, description, ...query }, call) => {
    const metadata = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) }
    return upload(drive, { id, query, metadata, file, inParts: resumable, call })
  },
})

const changedFolder = {
  id: id('folder'),
  name: z.string().optional().describe('The new name'),
  description,
  ...moving,
  ...sharedDrives,
  ...moreOfFile,
}

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/update */
export const updateFolder = defineAction({
  name: 'update_folder',
  description:
    'Rename, describe or move a folder in Google Drive, with all that is in it. What is left out stays. A repeated call changes nothing more.',
  examples: ['rename this folder', 'move the folder into another one'],
  effect: 'update',
  scopes: [CHANGES_METADATA],
  input: changedFolder,
  defaultFields: FILE_FIELDS,
  run: request('PATCH /files/{id}', { query: inQuery(changedFolder), addsToQuery: SHARED_DRIVES }),
})

const copy = {
  id: id('file'),
  name: z.string().optional().describe('Name of the copy; "Copy of …" by default'),
  description,
  parent_folder_id: parentFolder,
  keep_revision_forever: keepRevision,
  ignore_default_visibility: ignoreVisibility,
  ocr_language: ocrLanguage,
  ...sharedDrives,
  ...moreOfFile,
}

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/copy */
export const copyFile = defineAction({
  name: 'copy_file',
  description:
    'Copy a file in Google Drive; folders cannot be copied. Returns the copy. A repeated call makes another one.',
  examples: ['make a copy of this template', 'duplicate the document into my folder'],
  effect: 'create',
  scopes: [allOf(EVERYTHING)],
  input: copy,
  defaultFields: FILE_FIELDS,
  run: request('POST /files/{id}/copy', { query: inQuery(copy), rename: IN_FOLDER, addsToQuery: SHARED_DRIVES }),
})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/delete */
export const deleteFile = defineAction({
  name: 'delete_file',
  description:
    'Delete a file for good, or a folder with all that is in it. It does not go to the trash and cannot be restored. Returns nothing; a repeated call finds nothing.',
  examples: ['delete this file for good', 'remove the old folder with everything in it'],
  effect: 'delete',
  shaping: false,
  scopes: [allOf(EVERYTHING)],
  input: { id: id('file or folder'), ...sharedDrives },
  run: request('DELETE /files/{id}', { adds: SHARED_DRIVES, select: false, answer: emptyText }),
})
