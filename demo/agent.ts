import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { type CallToolResult, Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { z } from 'zod'
import { toolCall } from './print.js'

const PROTOCOL = '2026-07-28'

const mcpJson = z.object({
  mcpServers: z.object({ connectors: z.object({ command: z.string(), args: z.array(z.string()) }) }),
})

/** An MCP client in the place of Claude Code, Cursor and the like. */
export interface Agent {
  /** The server as it names itself. */
  server: string
  /**
   * Calls a tool, and prints the call.
   * @param form what the answer must be
   * @throws Error when the call fails, or the answer has another form
   */
  call<Form extends z.ZodType>(tool: string, args: Record<string, unknown>, form: Form): Promise<Answer<z.output<Form>>>
  close(): Promise<void>
}

export interface Answer<Shown> {
  shown: Shown
  /** What the tool says to do next. */
  nextStep: string | undefined
  /** True when a part of it is for the person alone. Agents show that; the demo does not repeat it. */
  hasPartForPerson: boolean
}

/**
 * Starts the server as mcp.json says, in the project's folder, and connects to it by stdio.
 * @param settings environment variables of the server besides PATH
 * @param signal after it, every call fails before it is sent
 */
export async function startAgent(root: string, settings: Record<string, string>, signal: AbortSignal): Promise<Agent> {
  const { command, args } = await readMcpJson(join(root, 'mcp.json'))
  const env = { PATH: searchPath(), ...settings }
  const transport = new StdioClientTransport({ command, args, cwd: root, env, stderr: 'inherit' })
  const mcpClient = new Client({ name: 'demo', version: '1.0.0' }, { versionNegotiation: { mode: { pin: PROTOCOL } } })
  try {
    await mcpClient.connect(transport)
    // Answers are checked against the output schemas of listed tools only.
    await mcpClient.listTools()
  } catch (cause) {
    await mcpClient.close()
    const line = [command, ...args].join(' ')
    throw new Error(`The server that mcp.json names did not start; run "${line}" to see why.`, { cause })
  }
  const server = mcpClient.getServerVersion()
  return {
    server: `${server?.name} ${server?.version} by MCP ${mcpClient.getNegotiatedProtocolVersion()}`,
    async call(tool, given, form) {
      signal.throwIfAborted()
      toolCall(tool, given)
      return readAnswer(tool, await mcpClient.callTool({ name: tool, arguments: given }), form)
    },
    close: () => mcpClient.close(),
  }
}

async function readMcpJson(file: string): Promise<{ command: string; args: string[] }> {
  return mcpJson.parse(JSON.parse(await readFile(file, 'utf8'))).mcpServers.connectors
}

/** Agents may start us with next to nothing; the Node that runs the demo is found all the same. */
const searchPath = (): string => [process.env.PATH, dirname(process.execPath)].filter(Boolean).join(delimiter)

function readAnswer<Form extends z.ZodType>(
  tool: string,
  { content, isError }: CallToolResult,
  form: Form,
): Answer<z.output<Form>> {
  const texts = content.filter((block) => block.type === 'text')
  const forAll = texts.filter(({ annotations }) => annotations?.audience?.join() !== 'user').map(({ text }) => text)
  if (isError) throw new Error(`The tool ${tool} failed: ${forAll.join(' ')}`)
  const { next_step, ...shown } = JSON.parse(forAll[0] ?? '{}') as { next_step?: string }
  const parsed = form.safeParse(shown)
  if (!parsed.success) throw new Error(`The answer of ${tool} has another form than it should: ${forAll[0]}`)
  return { shown: parsed.data, nextStep: next_step, hasPartForPerson: forAll.length < texts.length }
}
