import { createSession } from '../../../src/mcp/session.js'
import { serveOverStdio } from '../../../src/mcp/stdio/stdio.js'

/*
 * A server process for the tests of stdio, bundled by them. Its service is made on the first call, as in the product;
 * it prints to the console, as a careless library may, and answers after as many milliseconds as the action is called.
 */
const { closed } = serveOverStdio({
  client: async () => {
    const { FakeConnectorsClient } = await import('../fake-connectors-client.js')
    const service = new FakeConnectorsClient()
    service.answer = async ({ params }) => {
      // biome-ignore lint/suspicious/noConsole: what must not reach stdout
      console.log('a stray line')
      await new Promise((resolve) => setTimeout(resolve, Number(params?.ms)))
      return { data: { waited: params?.ms as number }, meta: null, actedAs: null }
    }
    service.tokens.set('from-env', 'alice')
    return service
  },
  session: createSession(async () => {
    const { Secret } = await import('../../../src/base/secret.js')
    return { token: new Secret('from-env') }
  }),
  defaultCallbackUrl: async () => 'http://127.0.0.1/',
  version: '0.0.0',
  embedded: false,
})
await closed
process.stderr.write('closed\n')
