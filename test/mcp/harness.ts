import { PassThrough } from 'node:stream'
import { Client as ClientV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioServerTransport as StreamTransportV1 } from '@modelcontextprotocol/sdk/server/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { onTestFinished } from 'vitest'
import type { McpClient, McpDeps } from '../../src/mcp/deps.js'
import { type InitialLogin, Session } from '../../src/mcp/session.js'
import { type StdioServer, serveOverStdio } from '../../src/mcp/stdio/stdio.js'
import { type ShownResult, shownIn } from '../shown.js'

/** The MCP clients every tool is tried with; between them they cover both protocol eras and both SDKs. */
export const CLIENT_KINDS = ['v2 on 2026-07-28', 'v2 on 2025-11-25', 'v1 on 2025-11-25'] as const
export type ClientKind = (typeof CLIENT_KINDS)[number]

export type Elicit = (request: { message: string; url: string }) => Promise<{ action: 'accept' | 'decline' | 'cancel' }>

export interface Result {
  content: { type: string; text?: string; annotations?: { audience?: string[] }; resource?: Record<string, unknown> }[]
  /** Of failures only. */
  structuredContent?: Record<string, unknown>
  /** What a model is shown as data. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  shown: any
  isError?: boolean
  _meta?: Record<string, unknown>
}

/** What is shown, without what to do next. */
export function factsOf({ shown }: Partial<Result>): Record<string, unknown> {
  const { next_step: _, ...facts } = shown
  return facts
}

export interface Progress {
  progress: number
  total?: number | undefined
  message?: string | undefined
}

export interface McpClientUnderTest {
  readResource(uri: string): Promise<{ contents: { uri: string; mimeType?: string; text?: string; blob?: string }[] }>
  listResources(): Promise<{ resources: unknown[]; templates: Record<string, unknown>[] }>
  capabilities(): Record<string, unknown> | undefined
  listTools(): Promise<{ tools: Record<string, unknown>[] }>
  /** Lists the tools first, as agents do. */
  call(
    name: string,
    args?: Record<string, unknown>,
    signal?: AbortSignal,
    onprogress?: (progress: Progress) => void,
  ): Promise<Result>
  instructions(): string | undefined
  /** Every line the server wrote to stdout. */
  lines: string[]
  server: StdioServer
  close(): Promise<void>
}

export interface Setup {
  seed?: () => Promise<InitialLogin>
  elicit?: Elicit
  deps?: Partial<McpDeps>
  clock?: () => number
}

/** Two in-memory pipes with the server at one end. */
export function serve(connectorsClient: McpClient, { seed = async () => ({}), deps = {}, clock }: Setup = {}) {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const lines: string[] = []
  let rest = ''
  stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  const server = serveOverStdio(
    {
      client: () => Promise.resolve(connectorsClient),
      session: new Session({ seed, clock, command: 'node /opt/connectors-mcp/main.js' }),
      defaultCallbackUrl: async (connector) => `http://127.0.0.1:4000/${connector}`,
      version: '1.2.3',
      embedded: false,
      command: 'node /opt/connectors-mcp/main.js',
      ...deps,
    },
    { stdin, stdout },
  )
  return { stdin, stdout, lines, server }
}

/** An MCP client of the given kind, connected to a server over in-memory pipes. It is closed when the test ends. */
export async function connect(
  kind: ClientKind,
  connectorsClient: McpClient,
  setup: Setup = {},
): Promise<McpClientUnderTest> {
  const { stdin, stdout, lines, server } = serve(connectorsClient, setup)
  const mcpClient = kind === 'v1 on 2025-11-25' ? v1(setup.elicit) : v2(kind, setup.elicit)
  const Transport = kind === 'v1 on 2025-11-25' ? StreamTransportV1 : StdioServerTransport
  // The two clients' types differ in what nobody here uses.
  await (mcpClient as { connect(transport: unknown): Promise<void> }).connect(new Transport(stdout, stdin))
  const close = async () => {
    await mcpClient.close()
    stdin.end()
    await server.closed
  }
  onTestFinished(close)
  let listed: Promise<unknown> | undefined
  return {
    lines,
    server,
    close,
    listTools: async () => (await mcpClient.listTools()) as { tools: Record<string, unknown>[] },
    readResource: async (uri) => (await mcpClient.readResource({ uri })) as never,
    listResources: async () => ({
      resources: (await mcpClient.listResources()).resources,
      templates: (await mcpClient.listResourceTemplates()).resourceTemplates,
    }),
    capabilities: () => mcpClient.getServerCapabilities(),
    instructions: () => mcpClient.getInstructions(),
    async call(name, args = {}, signal, onprogress) {
      listed ??= mcpClient.listTools()
      await listed
      const request = { name, arguments: args }
      const options = { ...(signal ? { signal } : {}), ...(onprogress ? { onprogress } : {}) }
      const result =
        mcpClient instanceof ClientV1
          ? await mcpClient.callTool(request, undefined, options)
          : await mcpClient.callTool(request, options)
      return { ...result, shown: shownIn(result as ShownResult) } as unknown as Result
    },
  }
}

function v1(elicit: Elicit | undefined): ClientV1 {
  const mcpClient = new ClientV1(
    { name: 'test', version: '1' },
    { capabilities: elicit ? { elicitation: { url: {} } } : {} },
  )
  if (elicit) mcpClient.setRequestHandler(ElicitRequestSchema, (request) => elicit(request.params as never))
  return mcpClient
}

function v2(kind: ClientKind, elicit: Elicit | undefined): ClientV2 {
  const mcpClient = new ClientV2(
    { name: 'test', version: '1' },
    {
      ...(kind === 'v2 on 2026-07-28' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}),
      capabilities: elicit ? { elicitation: { url: {} } } : {},
    },
  )
  if (elicit) mcpClient.setRequestHandler('elicitation/create', (request) => elicit(request.params as never))
  return mcpClient
}

/** All text of a result, as a model reads it. */
export const textOf = (result: Result): string => result.content.map(({ text = '' }) => text).join('\n')
