import { defineConnector } from '../../kit/index.js'
import { GOOGLE_IDENTITY, GOOGLE_USERINFO, googleAccount, googleOAuth } from '../providers/google.js'
import { googleDialect } from '../providers/google-api.js'
import { googleFailures } from '../providers/google-failures.js'
import { downloadFile, getMarkdownContent } from './content.js'
import { copyFile, createFile, createFolder, deleteFile, getFile, updateFile, updateFolder } from './files.js'
import { createPermission, deletePermission, getPermission, listPermissions, updatePermission } from './permissions.js'
import { listRecentFiles, searchFiles } from './search.js'
import { summarizeAllFiles, summarizeFolderFiles } from './summaries.js'

export const googleDrive = defineConnector({
  name: 'google_drive',
  title: 'Google Drive',
  description: 'Files and folders in Google Drive, and who may see them.',
  categories: ['files'],
  port: 'http',
  baseUrl: 'https://www.googleapis.com/drive/v3',
  hosts: { upload: 'https://www.googleapis.com/upload/drive/v3', ...GOOGLE_USERINFO },
  auth: { oauth2: googleOAuth([...GOOGLE_IDENTITY, 'https://www.googleapis.com/auth/drive']) },
  dialect: googleDialect,
  failures: googleFailures,
  account: googleAccount('userinfo'),
  actions: [
    searchFiles,
    listRecentFiles,
    getFile,
    createFile,
    createFolder,
    updateFile,
    updateFolder,
    copyFile,
    deleteFile,
    downloadFile,
    getMarkdownContent,
    listPermissions,
    getPermission,
    createPermission,
    updatePermission,
    deletePermission,
    summarizeFolderFiles,
    summarizeAllFiles,
  ],
})
