import { createEmulator } from 'emulate'
import { freePort, onLoopback } from './loopback.js'

/** The OAuth client that an operator would register at GitHub. It is good for this emulator only. */
const OAUTH_CLIENT = { id: 'Iv1.connectors-demo', secret: 'known-to-the-demo-alone' }

export const PERSON = 'mona'
export const REPOSITORY = { owner: PERSON, repo: 'shop-reports' }

/** GitHub on this machine: its authorization server and its API, by the package `emulate`. */
export interface LocalGithub {
  /** The settings that point connectors-mcp at it. */
  settings: Record<string, string>
  close(): Promise<void>
}

/** @param callbackPort where connectors-mcp will wait for the browser, which GitHub wants to know beforehand */
export async function startGithub(callbackPort: number): Promise<LocalGithub> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const close = await onLoopback(() =>
    createEmulator({ service: 'github', port, baseUrl: url, seed: seed(callbackPort) }),
  )
  return {
    settings: {
      CONNECTORS_GITHUB_CLIENT_ID: OAUTH_CLIENT.id,
      CONNECTORS_GITHUB_CLIENT_SECRET: OAUTH_CLIENT.secret,
      CONNECTORS_GITHUB_API_URL: url,
      CONNECTORS_GITHUB_AUTHORIZATION_URL: `${url}/login/oauth/authorize`,
      CONNECTORS_GITHUB_TOKEN_URL: `${url}/login/oauth/access_token`,
    },
    close,
  }
}

const seed = (callbackPort: number) => ({
  tokens: {},
  github: {
    // The emulator takes a token that it does not know for its first user, so the first one is a stranger.
    users: [
      { login: 'stranger', name: 'Stranger' },
      { login: PERSON, name: 'Mona Lisa', email: 'mona@example.com' },
    ],
    repos: [{ owner: PERSON, name: REPOSITORY.repo, description: 'Weekly reports of the shops', auto_init: true }],
    oauth_apps: [
      {
        client_id: OAUTH_CLIENT.id,
        client_secret: OAUTH_CLIENT.secret,
        name: 'Connectors (demo)',
        redirect_uris: [`http://127.0.0.1:${callbackPort}/connectors/github/success-authorize-callback`],
      },
    ],
  },
})
