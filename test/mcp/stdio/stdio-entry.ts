import { Session } from '../../../src/mcp/session.js'
import { serveOverStdio } from '../../../src/mcp/stdio/stdio.js'

/*
 * A server process for the tests of stdio, bundled by them. Its service is a script, since a bundle with the real one would
 * start slowly. It is made on the first call, as in the product; it prints to the console, as a careless library may, and
 * answers after as many milliseconds as the action is called.
 */
const { closed } = serveOverStdio({
  client: async () => {
    const { ConnectorsClient } = await import('../../../src/client/index.js')
    return new ConnectorsClient({
      baseUrl: 'http://service.invalid',
      fetch: async (_url, { method, body }) => {
        if (method === 'GET') return Response.json({ data: {}, meta: null })
        // biome-ignore lint/suspicious/noConsole: what must not reach stdout
        console.log('a stray line')
        const { ms } = JSON.parse(String(body)) as { ms: number }
        await new Promise((resolve) => setTimeout(resolve, ms))
        return Response.json({ data: { waited: ms }, meta: null })
      },
    })
  },
  session: new Session({
    seed: async () => {
      const { Secret } = await import('../../../src/base/secret.js')
      return { token: new Secret('from-env') }
    },
  }),
  defaultCallbackUrl: async () => 'http://127.0.0.1/',
  version: '0.0.0',
  embedded: false,
  command: 'connectors-mcp',
})
await closed
process.stderr.write('closed\n')
