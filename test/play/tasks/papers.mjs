// Two places for files, as a person would write connectors of their own: scans are fetched from one and put into the other.
import { binary, ConnectorFile, defineAction, defineConnector, z } from 'connectors-mcp'

/** A scan of 15 kB that no two bytes of are alike, as a compressed one. */
const SCAN = Buffer.from(
  Array.from({ length: 15_000 }, (_, at) => (Math.imul(at + 1, 2_654_435_761) ^ Math.imul(at * at, 40_503)) >>> 24),
)

export const scanner = defineConnector({
  name: 'scanner',
  title: 'Scanner',
  description: 'Scanned documents of the office scanner.',
  categories: ['files'],
  port: 'none',
  auth: {},
  actions: [
    defineAction({
      name: 'download_scan',
      description: 'Download a scanned document as a PDF.',
      examples: ['get the scanned invoice', 'download a scan'],
      effect: 'read',
      shaping: false,
      input: { name: z.string().min(1).describe('Name of the scan') },
      run: async (_none, { name }) => new ConnectorFile(SCAN, `${name}.pdf`, 'application/pdf'),
    }),
  ],
})

export const binder = defineConnector({
  name: 'binder',
  title: 'Binder',
  description: 'The binder in which the office files its papers.',
  categories: ['files'],
  port: 'none',
  auth: {},
  actions: [
    defineAction({
      name: 'put_paper',
      description: 'Put a file into the binder. Returns its size in bytes.',
      examples: ['file this paper in the binder', 'put a document into the binder'],
      effect: 'create',
      input: { folder: z.string().min(1).describe('Folder of the binder'), file: binary().describe('The file') },
      run: async (_none, { folder, file }) => ({ folder, bytes: file.bytes.byteLength, same: SCAN.equals(file.bytes) }),
    }),
  ],
})
