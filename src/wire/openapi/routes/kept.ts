import { actionAnswer, keptFile, keptResult, outcome, ROUTE } from '../../index.js'
import { keepFileForm, keepResultBody } from '../../requests/index.js'
import type { OperationGroup } from '../operation.js'

export const keptOperations: OperationGroup = {
  name: 'Files and results',
  description: 'What is kept for a user for a while, under a handle that only this user can use.',
  operations: [
    {
      id: 'keepFile',
      method: 'post',
      path: ROUTE.files,
      summary: 'Keeps a file for 24 hours; the form has one part, named `file`',
      access: 'user',
      body: keepFileForm,
      form: 'multipart/form-data',
      answer: { data: keptFile },
    },
    {
      id: 'showKeptFile',
      method: 'get',
      path: '/files/{handle}',
      summary: 'Is that file, with its name and content type',
      access: 'user',
      answer: { content: '*/*' },
      codes: ['NOT_FOUND'],
    },
    {
      id: 'removeKeptFile',
      method: 'delete',
      path: '/files/{handle}',
      summary: 'Keeps it no longer',
      access: 'user',
      answer: { data: outcome },
      codes: ['NOT_FOUND'],
    },
    {
      id: 'keepResult',
      method: 'post',
      path: ROUTE.results,
      summary: 'Keeps the result of an action for an hour',
      access: 'user',
      body: keepResultBody,
      answer: { data: keptResult },
    },
    {
      id: 'showKeptResult',
      method: 'get',
      path: '/results/{handle}',
      summary: 'Is that result, as it was sent',
      access: 'user',
      answer: { bare: actionAnswer },
      codes: ['NOT_FOUND'],
    },
    {
      id: 'removeKeptResult',
      method: 'delete',
      path: '/results/{handle}',
      summary: 'Keeps it no longer',
      access: 'user',
      answer: { data: outcome },
      codes: ['NOT_FOUND'],
    },
  ],
}
