import { defineAction, defineConnector, path, z } from '../../kit/index.js'
import { GOOGLE_IDENTITY, GOOGLE_USERINFO, googleAccount, googleFailures, googleOAuth } from '../providers/google.js'

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/get */
const getFile = defineAction({
  name: 'get_file',
  description:
    'Tell everything that Google Drive knows about a file or folder: name, type, owners, where it is. Not its content.',
  examples: ['who owns this file', 'when was this document last changed', 'details of a folder in my drive'],
  effect: 'read',
  input: {
    id: z.string().min(1).describe('Id of the file or folder, as in its URL; root is the top folder of the drive'),
    supports_all_drives: z.boolean().describe('Whether files of shared drives are found, too').optional(),
    include_permissions_for_view: z.string().describe('published: also the permissions of that view').optional(),
    include_labels: z.string().describe('Ids of labels to show, separated by commas').optional(),
  },
  run: (drive, { id, supports_all_drives, include_permissions_for_view, include_labels }) =>
    drive.get(path`/files/${id}`, {
      fields: '*',
      supportsAllDrives: supports_all_drives,
      includePermissionsForView: include_permissions_for_view,
      includeLabels: include_labels,
    }),
})

export const googleDrive = defineConnector({
  name: 'google_drive',
  title: 'Google Drive',
  description: 'Files and folders in Google Drive, and who may see them.',
  categories: ['files'],
  port: 'http',
  baseUrl: 'https://www.googleapis.com/drive/v3',
  hosts: { upload: 'https://www.googleapis.com/upload/drive/v3', ...GOOGLE_USERINFO },
  auth: { oauth2: googleOAuth([...GOOGLE_IDENTITY, 'https://www.googleapis.com/auth/drive']) },
  failures: googleFailures,
  account: googleAccount('userinfo'),
  actions: [getFile],
})
