import { z } from 'zod'
import type { ErrorCode } from '../../../base/errors.js'
import { actionAnswer } from '../../index.js'
import type { OperationGroup } from '../operation.js'

/** The errors that a third party, its connector or the account can cause. */
const CODES: ErrorCode[] = [
  ...(['CONNECTOR_NOT_FOUND', 'ACTION_NOT_FOUND', 'INTEGRATION_NOT_FOUND', 'NOT_FOUND'] as const),
  ...(['FORBIDDEN', 'RECONNECT_REQUIRED', 'LINK_FAILED', 'OAUTH_NOT_CONFIGURED', 'INTEGRATION_EXISTS'] as const),
  ...(['RATE_LIMITED', 'UPSTREAM_REFUSED', 'UPSTREAM_ERROR', 'UPSTREAM_TIMEOUT'] as const),
]

export const actionOperations: OperationGroup = {
  name: 'Actions',
  description: 'What a connector can do, with one account of the user.',
  operations: [
    {
      id: 'runAction',
      method: 'post',
      path: '/connectors/{connector}/{action}',
      summary: 'Runs an action with the default account, or with the one that `X-Integration` names',
      description:
        'The parameters are those that `GET /connectors/` lists under `request_body`. An action with a file among its parameters takes a form. The name of an action can contain slashes.',
      access: 'user',
      body: z.record(z.string(), z.unknown()),
      answer: { action: actionAnswer },
      codes: CODES,
    },
  ],
}
