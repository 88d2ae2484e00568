// Who may import whom, as data: `test/architecture.test.ts` holds the code to it, and `scripts/document-tables.mjs` draws the
// pictures of `docs/architecture.md` from it.

/** What every room of `service` may import besides the rooms below it. */
const BENEATH_SERVICE = ['base', 'crypto', 'oauth', 'store', 'kit', 'connectors', 'database', 'search']
const SERVICE_ROOMS = [
  'vault',
  'tenants',
  'files',
  'upstream',
  'grants',
  'accounts',
  'admin',
  'linking',
  'jobs',
  'actions',
]
const inService = (...rooms: string[]): string[] => [...BENEATH_SERVICE, ...rooms.map((room) => `service/${room}`)]

/**
 * Who may import whom, besides the standard library and npm packages. Complete. A key is a room, or a file right in `src`;
 * what may be imported is a room with its sub-rooms, or one file without its ending.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli'],
  'index.ts': ['app', 'client', 'kit', 'database/port'],
  base: [],
  config: ['base'],
  wire: ['base'],
  http: ['base'],
  crypto: ['base'],
  oauth: ['base', 'http'],
  store: ['base', 'crypto', 'processes'],
  kit: ['base', 'http', 'oauth/provider', 'wire'],
  connectors: ['kit', 'database/port', 'database/address', 'documents/port'],
  database: ['base', 'processes'],
  documents: ['base', 'processes'],
  processes: [],
  search: ['base'],
  service: inService(...SERVICE_ROOMS),
  'service/vault': inService(),
  'service/tenants': inService('vault'),
  'service/files': inService('vault', 'tenants'),
  'service/upstream': inService('vault'),
  'service/grants': inService('vault', 'upstream'),
  'service/accounts': inService('vault', 'tenants', 'upstream', 'grants'),
  'service/admin': inService('vault', 'tenants', 'upstream', 'grants', 'accounts'),
  'service/linking': inService('vault', 'tenants', 'upstream', 'grants', 'accounts'),
  'service/jobs': inService('vault', 'tenants', 'upstream', 'grants'),
  'service/actions': inService('vault', 'tenants', 'upstream', 'grants', 'accounts', 'linking', 'jobs'),
  api: ['base', 'wire', 'service', 'kit'],
  client: ['base', 'wire', 'http'],
  mcp: ['base', 'wire', 'client', 'search'],
  home: ['base', 'config', 'crypto'],
  listener: ['base'],
  operator: ['base', 'config', 'crypto', 'store', 'service', 'home'],
  app: [
    ...['base', 'config', 'wire', 'http', 'crypto', 'oauth', 'store', 'kit', 'connectors', 'database', 'service'],
    ...['api', 'client', 'mcp', 'home', 'listener', 'operator'],
  ],
  cli: ['base', 'config', 'wire', 'client', 'home', 'operator', 'app'],
}

/** The rooms by what they have to do with each other, from what starts the process down to what everything stands on. */
export const FLOORS: Readonly<Record<string, readonly string[]>> = {
  'the process': ['main.ts', 'index.ts', 'cli', 'app'],
  'the caller': ['mcp', 'client'],
  'the service': ['api', 'service', 'connectors', 'kit', 'database', 'documents', 'store', 'oauth'],
  'this machine': ['operator', 'home', 'listener', 'config'],
  'what everything stands on': ['wire', 'http', 'crypto', 'processes', 'search', 'base'],
}
