export {
  type AuthorizationAnswer,
  type AuthorizationRequest,
  beginAuthorization,
  checkAuthorizationResponse,
  finishAuthorization,
} from './authorization.js'
export { clientCredentialsGrant } from './client-credentials.js'
export { type DeviceAuthorization, type DevicePollAnswer, pollDevice, startDevice } from './device.js'
export { refreshGrant } from './refresh.js'
export { type Revocation, revokeGrant } from './revocation.js'
export type { TokenSet } from './token.js'
export type { OAuthDeps } from './transport.js'
