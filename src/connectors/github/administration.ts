import { ConnectorsError, defineAction } from '../../kit/index.js'

/**
 * The grants end at GitHub as the connector says in `revoke`.
 * @see https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-authorization
 */
export const revokeIntegrations = defineAction({
  name: 'admin/revoke_integrations',
  description:
    "For the service's administrator: remove every GitHub account of the client's users. revoked counts grants ended at GitHub; failed those it has not ended, or cannot, as pasted tokens. A repeated call does the rest.",
  examples: ['cut all users off from GitHub', 'end all GitHub grants of this client'],
  effect: 'delete',
  administrator: true,
  shaping: false,
  input: {},
  run: async (_github, _input, { administration }) => {
    if (administration === undefined) throw new ConnectorsError('FORBIDDEN', 'Only an administrator may do this.')
    return { ...(await administration.removeAccounts()) }
  },
})
