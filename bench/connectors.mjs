// The connectors that the benchmarks call, as a person would write them (docs/your-own-connector.md); loaded by --connector.
import { bearer, defineAction, defineConnector, path, request, tokenField, z } from 'connectors-mcp'

const getRecord = defineAction({
  name: 'get_record',
  description: 'Get a record.',
  effect: 'read',
  input: { id: z.number().int().min(1).describe('Number of the record') },
  run: request('GET /records/{id}'),
})

/** One request over HTTP, with an account. CONNECTORS_BENCH_HTTP_API_URL says where. */
export const overHttp = defineConnector({
  name: 'bench_http',
  title: 'Benchmark over HTTP',
  description: 'Records of the benchmark.',
  categories: ['development'],
  port: 'http',
  baseUrl: 'http://127.0.0.1:1',
  auth: { custom: { fields: { token: tokenField('Any') }, help: 'Any text will do.' } },
  authorize: ({ configuration }) => bearer(String(configuration.token)),
  account: async (records) => {
    const { id } = await records.get(path`/user`)
    return { identifier: 'bench', id: String(id) }
  },
  actions: [getRecord],
})

/** What a call costs where the action costs nothing. */
export const nothing = defineConnector({
  name: 'bench_nothing',
  title: 'Benchmark of nothing',
  description: 'An action that does nothing.',
  categories: ['development'],
  port: 'none',
  auth: {},
  actions: [
    defineAction({
      name: 'nothing',
      description: 'Do nothing.',
      effect: 'read',
      input: { value: z.string() },
      run: async (_none, { value }) => ({ value }),
    }),
  ],
})
