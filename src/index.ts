/** What programs import from the package: the client of the API, and the kit for connectors of their own. */
export * from './client/index.js'
export type { Database } from './database/port.js'
export {
  type Account,
  type Action,
  type Body,
  basic,
  bearer,
  binary,
  type Call,
  type Connector,
  ConnectorFile,
  dateOrTime,
  defineAction,
  defineConnector,
  type Effect,
  invalidParameters,
  path,
  type Query,
  Result,
  readOnlyCall,
  secretField,
  tokenField,
  type Upstream,
  z,
} from './kit/index.js'
