export { ConnectorsError, type ErrorCode, type FieldError } from '../base/errors.js'
export type { Json, JsonObject } from '../base/json.js'
export { Secret } from '../base/secret.js'
export type {
  ActionEntry,
  BegunLink,
  CatalogMcp,
  CatalogSkill,
  CatalogTool,
  ConnectorSchemas,
  ErrorContract,
  IntegrationDetail,
  IntegrationSummary,
  IssuedToken,
  LinkState,
  ManagedSkill,
  ManagedSkillDetail,
  Me,
  NewClient,
  NewUser,
  Outcome,
  PageMeta,
  SearchAnswer,
  StartedLink,
  StoredIntegration,
} from '../wire/index.js'
export { ActionResponse, type PagePosition } from './action-response.js'
export type { ActionResult } from './answers.js'
export { ApiError } from './api-error.js'
export { type CatalogPage, ConnectorsClient } from './client.js'
export type { ClientFetch, ClientFetchInit } from './fetch.js'
export { fileParameters } from './file-parameters.js'
export { ClientFile } from './files.js'
export { ActionCall, ConnectorActions, type ExecuteOptions } from './fluent.js'
export type { UserToken } from './names.js'
export type {
  CallOptions,
  CatalogMcpQuery,
  CatalogSkillsQuery,
  CatalogToolsQuery,
  ClientOptions,
  CustomLink,
  LinkStatusQuery,
  OAuthLink,
  PageLink,
  SearchOptions,
  SkillsQuery,
} from './options.js'
export type { RemovedIntegration } from './readers.js'
export type { ActionParams } from './request-body.js'
export type { Sleep } from './retry.js'
