import type { FailureFacts, FailureResponse, FailureRule } from '../../kit/index.js'

const A_MINUTE = 60
const MOST_SCOPES = 12
/** @see https://developers.google.com/identity/protocols/oauth2/scopes */
const SCOPE = /^https:\/\/(?:www\.googleapis\.com\/auth\/[a-z0-9._-]{1,80}|mail\.google\.com\/)$/

/** Google's reason is in `errors` in the older form of an error, and in `details` in the newer one. */
const reason = (
  reasons: RegExp,
  rule: Omit<FailureRule, 'when'>,
  statuses: readonly number[] = [403],
): FailureRule[] => [
  { when: { status: statuses, member: ['error.errors.reason', reasons] }, ...rule },
  { when: { status: statuses, member: ['error.details.reason', reasons] }, ...rule },
]

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function missingScope({ headers }: FailureResponse): FailureFacts {
  const challenge = (headers.get('www-authenticate') ?? '').slice(0, 4000)
  const scopes = (/\bscope="([^"]*)"/.exec(challenge)?.[1] ?? '')
    .split(' ')
    .filter((scope) => SCOPE.test(scope))
    .slice(0, MOST_SCOPES)
  const facts: FailureFacts = { reason: 'missing_scope' }
  if (scopes.length === 0) return facts
  return {
    ...facts,
    message: `The person has not agreed to what this needs (${scopes.join(' or ')}); link the account again and leave its box ticked.`,
    upstream: { accepted_scopes: scopes },
  }
}

const LIMITED = {
  code: 'RATE_LIMITED',
  message:
    'Google accepts no more requests from this account for now. Nothing was done; wait, then make the call again.',
  retryable: true,
  retryAfter: A_MINUTE,
} as const
const NO_SCOPE = {
  code: 'FORBIDDEN',
  message: 'The person has not agreed to what this needs; link the account again and leave every box ticked.',
  tell: missingScope,
} as const
const forbidden = (reasons: RegExp, message: string): FailureRule[] => reason(reasons, { code: 'FORBIDDEN', message })
const refused = (reasons: RegExp, message: string): FailureRule[] =>
  reason(reasons, { code: 'UPSTREAM_REFUSED', message }, [400, 403, 409, 413])

/**
 * How Google's APIs report failures. A 403 is a limit, a scope or a right, by its reason.
 * @see https://developers.google.com/workspace/drive/api/guides/handle-errors
 */
export const googleFailures: readonly FailureRule[] = [
  ...reason(
    /^(?:rateLimitExceeded|userRateLimitExceeded|sharingRateLimitExceeded|quotaExceeded|RATE_LIMIT_EXCEEDED)$/,
    LIMITED,
    [403, 429],
  ),
  ...reason(/^dailyLimitExceeded\w*$/, {
    ...LIMITED,
    message: 'The requests that Google grants for a day are used up. Nothing was done; make the call again tomorrow.',
    retryAfter: 60 * A_MINUTE,
  }),
  { when: { status: [429] }, ...LIMITED },
  ...reason(/^(?:insufficientPermissions|ACCESS_TOKEN_SCOPE_INSUFFICIENT)$/, NO_SCOPE),
  { when: { status: [403], header: ['www-authenticate', /insufficient_scope/] }, ...NO_SCOPE },
  ...forbidden(
    /^(?:accessNotConfigured|SERVICE_DISABLED)$/,
    "This API is switched off in the Google Cloud project of the OAuth client; the operator switches it on in Google's console, under APIs & Services.",
  ),
  ...forbidden(
    /^domainPolicy$/,
    "The rules of the person's organisation do not allow this; its Google administrator can change them.",
  ),
  ...forbidden(
    /^appNotAuthorizedToFile$/,
    'The account was linked for the files that this app made itself, and this is another one; link it again with access to all files.',
  ),
  ...refused(
    /^(?:storageQuotaExceeded|teamDriveFileLimitExceeded|numChildrenInNonRootLimitExceeded|activeItemCreationLimitExceeded)$/,
    'There is no room left in this Drive or folder; the person makes room in Google Drive.',
  ),
  ...refused(
    /^fileNotDownloadable$/,
    'This file has no content to download as it is; name an export_format, or open it in Google Drive.',
  ),
  ...refused(
    /^(?:exportSizeLimitExceeded|responseTooLarge|uploadTooLarge)$/,
    'The file is larger than Google allows for this.',
  ),
  ...refused(
    /^cannotDownloadAbusiveFile$/,
    'Google marked the file as dangerous; its owner can download it with acknowledge_abuse.',
  ),
  ...refused(/^cannot(?:Copy|Download)File$/, 'The owner of the file does not let it be downloaded or copied.'),
  ...refused(
    /^fileNotExportable$/,
    "Only files of Google's own kinds can be had in another format; leave export_format out to get this one as it is.",
  ),
  ...refused(
    /^(?:myDriveHierarchyDepthLimitExceeded|teamDriveHierarchyTooDeep)$/,
    'Google allows no more folders inside each other; choose a folder that is further up.',
  ),
  ...refused(
    /^teamDrives(?:FolderMoveInNotSupported|ParentLimit)$/,
    'Shared drives do not take this: folders cannot be moved into them, and what is in them has exactly one folder.',
  ),
  ...refused(
    /^cannotModifyInherited\w*$/,
    'This permission comes from a folder further up and can be changed only there; look for it with list_permissions of that folder.',
  ),
  ...refused(
    /^invalidSharingRequest$/,
    'Google refused to share this, or shared it and could not send the e-mail; its words are in details.upstream, and list_permissions shows which.',
  ),
  // After what is said of shared drives above.
  ...forbidden(
    /^(?:insufficientFilePermissions|insufficientParentPermissions|cannotShare\w*|fileWriterTeamDriveMoveInDisabled|teamDrive\w*|forbidden)$/,
    'This account may not do that with this file; its owner or somebody with more rights must do it or share it.',
  ),
]
