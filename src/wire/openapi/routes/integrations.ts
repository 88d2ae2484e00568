import { z } from 'zod'
import {
  begunLink,
  hasIntegration,
  integrationDetail,
  integrationSummary,
  linkState,
  outcome,
  removedIntegration,
  startedLink,
  storedIntegration,
} from '../../index.js'
import { beginLinkBody, linkBody, linkStateQuery } from '../../requests/index.js'
import type { OperationGroup } from '../operation.js'

const LINK = ['CONNECTOR_NOT_FOUND', 'AUTH_TYPE_NOT_SUPPORTED', 'OAUTH_NOT_CONFIGURED', 'LINK_FAILED'] as const
const THIRD_PARTY = ['RATE_LIMITED', 'UPSTREAM_REFUSED', 'UPSTREAM_ERROR', 'UPSTREAM_TIMEOUT'] as const

export const integrationOperations: OperationGroup = {
  name: 'Integrations',
  description: 'An integration is an account that a user has linked at a connector.',
  operations: [
    {
      id: 'linkIntegration',
      method: 'post',
      path: '/connectors/{connector}/integrations',
      summary: 'Links an account: by a configuration at once, by OAuth 2 through the URL in the answer',
      access: 'user',
      body: linkBody,
      answer: { data: z.union([storedIntegration, startedLink]) },
      codes: [...LINK, ...THIRD_PARTY, 'INTEGRATION_EXISTS', 'FORBIDDEN', 'NOT_FOUND'],
    },
    {
      id: 'listIntegrations',
      method: 'get',
      path: '/connectors/{connector}/integrations',
      summary: 'Lists the accounts of the user',
      access: 'user',
      answer: { data: z.array(integrationSummary) },
      codes: ['CONNECTOR_NOT_FOUND'],
    },
    {
      id: 'hasIntegration',
      method: 'get',
      path: '/connectors/{connector}/integration-exists',
      summary: 'Says whether the user has an account',
      access: 'user',
      answer: { data: hasIntegration },
      codes: ['CONNECTOR_NOT_FOUND'],
    },
    {
      id: 'showIntegration',
      method: 'get',
      path: '/connectors/{connector}/integrations/{user_identifier}',
      summary: 'Shows one account; its credential is masked',
      access: 'user',
      answer: { account: integrationDetail },
      codes: ['CONNECTOR_NOT_FOUND', 'INTEGRATION_NOT_FOUND'],
    },
    {
      id: 'selectIntegration',
      method: 'post',
      path: '/connectors/{connector}/integrations/{user_identifier}',
      summary: 'Makes it the default',
      description: 'The body is ignored.',
      access: 'user',
      answer: { account: outcome },
      codes: ['CONNECTOR_NOT_FOUND', 'INTEGRATION_NOT_FOUND'],
    },
    {
      id: 'removeIntegration',
      method: 'delete',
      path: '/connectors/{connector}/integrations/{user_identifier}',
      summary: 'Unlinks it, and ends its access at the third party where that is possible',
      access: 'user',
      answer: { account: removedIntegration },
      codes: ['CONNECTOR_NOT_FOUND', 'INTEGRATION_NOT_FOUND'],
    },
    {
      id: 'beginLink',
      method: 'post',
      path: '/connectors/{connector}/links',
      summary: 'Begins a link that a person finishes on a page, or by a code on another device',
      access: 'user',
      body: beginLinkBody,
      answer: { data: begunLink },
      codes: [...LINK, ...THIRD_PARTY],
    },
    {
      id: 'showLink',
      method: 'get',
      path: '/links/{link}',
      summary: 'Reports the state of such a link, as soon as it has ended',
      access: 'user',
      query: linkStateQuery,
      answer: { data: linkState },
      codes: ['NOT_FOUND'],
    },
    {
      id: 'cancelLink',
      method: 'delete',
      path: '/links/{link}',
      summary: 'Cancels it; one that has ended stays as it is',
      access: 'user',
      answer: { data: outcome },
      codes: ['NOT_FOUND'],
    },
  ],
}
