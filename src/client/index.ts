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
  KeptFile,
  KeptResult,
  LinkState,
  ManagedSkill,
  ManagedSkillDetail,
  Me,
  NewClient,
  NewUser,
  Outcome,
  PageMeta,
  RemovedIntegration,
  SearchAnswer,
  StartedLink,
  StoredIntegration,
} from '../wire/index.js'
export { type CatalogPage, ConnectorsClient } from './client.js'
export type { ClientFetch, ClientFetchInit } from './fetch.js'
export { ActionCall, ConnectorActions, type ExecuteOptions } from './fluent.js'
export { fileParameters } from './requests/file-parameters.js'
export type { UserToken } from './requests/names.js'
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
} from './requests/options.js'
export type { ActionParams } from './requests/request-body.js'
export type { Sleep } from './requests/retry.js'
export { ActionResponse, type PagePosition } from './responses/action-response.js'
export type { ActionResult } from './responses/answers.js'
export { ApiError } from './responses/api-error.js'
export { ClientFile } from './responses/files.js'
