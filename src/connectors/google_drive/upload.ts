import {
  type Call,
  type ConnectorFile,
  ConnectorsError,
  type Json,
  type JsonObject,
  mediaTypeOf,
  multipartRelated,
  path,
  type Query,
  readJson,
  type Upstream,
  type UpstreamRequest,
  uploadInParts,
} from '../../kit/index.js'
import { googleUpload } from '../providers/google-api.js'
import { SHARED_DRIVES } from './fields.js'

/** The largest file that goes in one request. Bytes. @see https://developers.google.com/workspace/drive/api/guides/manage-uploads */
const IN_ONE = 5 * 1024 * 1024

interface Upload {
  /** The id of the file that changes; undefined for a new one. */
  id?: string
  query: Query
  /** What is known of the file, in names that are the same at Google. */
  metadata: JsonObject
  /** Undefined: the metadata change alone. */
  file: ConnectorFile | undefined
  /** Whether a small file is uploaded in parts, too. */
  inParts: boolean
  call: Call
}

/** Makes or changes a file, with its content where there is one. @returns the file */
export async function upload(drive: Upstream, { id, query, metadata, file, inParts, call }: Upload): Promise<Json> {
  const request: UpstreamRequest = {
    method: id === undefined ? 'POST' : 'PATCH',
    path: id === undefined ? path`/files` : path`/files/${id}`,
    query: { ...SHARED_DRIVES, ...query },
    select: { fields: call.fields },
  }
  if (file === undefined) return (await drive.send({ ...request, body: metadata })).json
  const { byteLength } = file.bytes
  // An empty file has no parts.
  const large = (inParts && byteLength > 0) || byteLength > IN_ONE
  const atUpload = {
    ...request,
    host: 'upload',
    query: { ...request.query, upload_type: large ? 'resumable' : 'multipart' },
  }
  if (!large) return (await drive.send({ ...atUpload, body: multipartRelated(metadata, file) })).json
  const headers = {
    'x-upload-content-type': mediaTypeOf(file),
    'x-upload-content-length': String(byteLength),
  }
  const begun = await drive.send({ ...atUpload, headers, body: metadata })
  const session = begun.headers.get('location')
  if (session === null) {
    throw new ConnectorsError(
      'UPSTREAM_ERROR',
      'Google did not say where the file is to be uploaded; make the call again.',
    )
  }
  return readJson(drive, await uploadInParts(drive, { session, file, protocol: googleUpload, signal: call.signal }))
}
