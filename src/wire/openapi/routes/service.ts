import { z } from 'zod'
import { health, ROUTE } from '../../index.js'
import {
  accessForm,
  buttonForm,
  callbackQuery,
  configurationForm,
  serviceProofQuery,
  signInForm,
} from '../../requests/index.js'
import type { Operation, OperationGroup } from '../operation.js'

export const serviceOperations: OperationGroup = {
  name: 'Service',
  description: 'The service itself.',
  operations: [
    {
      id: 'health',
      method: 'get',
      path: ROUTE.health,
      summary: 'Says that the service answers',
      access: 'public',
      answer: { data: health },
    },
    {
      id: 'openApiDocument',
      method: 'get',
      path: ROUTE.openApi,
      summary: 'Is this API as an OpenAPI 3.1 document',
      access: 'public',
      answer: { bare: z.looseObject({ openapi: z.string() }) },
    },
  ],
}

/** A form of the link page, and the same address requested by a reload, which leads back to the page. */
const form = (name: string, body: z.ZodType, summary: string): Operation[] => {
  const page = { access: 'public', answer: { page: true, redirects: true } } as const
  const id = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const path = `/connect/{link}/${name}`
  return [
    { id: `${id}OnPage`, method: 'post', path, summary, body, form: 'application/x-www-form-urlencoded', ...page },
    { id: `${id}Reload`, method: 'get', path, summary: 'Leads back to the page', ...page },
  ]
}

export const pageOperations: OperationGroup = {
  name: 'Pages',
  description: 'For the browser of a person who finishes a link; not for programs.',
  operations: [
    {
      id: 'finishAuthorization',
      method: 'get',
      path: '/connectors/{connector}/success-authorize-callback',
      summary: 'The browser returns here from the authorization server',
      access: 'public',
      query: callbackQuery,
      answer: { page: true, redirects: true },
    },
    {
      id: 'linkPage',
      method: 'get',
      path: '/connect/{link}',
      summary: 'Shows the page of a link',
      access: 'public',
      answer: { page: true },
    },
    ...form('sign-in', signInForm, 'Signs the person in with their user secret'),
    ...form('confirm', buttonForm, 'Confirms that the account is to be linked'),
    ...form('authorize', buttonForm, 'Goes to the authorization server'),
    ...form('configuration', configurationForm, 'Links an account by a configuration'),
    ...form('access', accessForm, 'Chooses what the account may do'),
    ...form('correct', buttonForm, 'Goes back to what was filled in'),
    ...form('cancel', buttonForm, 'Cancels the link'),
    {
      id: 'pageStyle',
      method: 'get',
      path: '/connect/style.css',
      summary: 'The stylesheet of the pages',
      access: 'public',
      answer: { content: 'text/css' },
    },
    {
      id: 'proveService',
      method: 'get',
      path: '/connect/service.json',
      summary: 'Proves to another process of this installation which service listens here',
      access: 'public',
      query: serviceProofQuery,
      answer: { data: z.object({ service: z.string(), proof: z.string().nullable() }) },
    },
  ],
}
