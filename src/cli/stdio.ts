import { resolve } from 'node:path'
import { connect, startStdio, VERSION } from '../app/index.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'

/** Serves MCP over stdio until the agent goes away. stdout carries protocol only; a person at a terminal sees a notice. */
export async function stdio(connectorFiles: readonly string[]): Promise<number> {
  const config = loadConfig(connectorFiles)
  const connection = await connect(config, connectorFiles)
  if (process.stdin.isTTY)
    process.stderr.write(forPeople(connection.service, resolve(process.argv[1] ?? 'dist/main.js')))
  await startStdio(config, connection).closed
  await connection.close()
  return EXIT.done
}

const forPeople = (
  service: string,
  main: string,
): string => `connectors-mcp ${VERSION} is an MCP server and now waits for an agent on standard input (Ctrl-D ends it).
It uses ${service === 'embedded' ? 'the service in this process' : `the service at ${service}`}.

Agents start it by themselves. Put this into the agent's configuration:

  Claude Code      claude mcp add connectors -- node ${main}
  Claude Desktop   "mcpServers": { "connectors": { "command": "node", "args": ["${main}"] } }   in claude_desktop_config.json
  Cursor           the same in ~/.cursor/mcp.json
  VS Code          "servers": { "connectors": { "type": "stdio", "command": "node", "args": ["${main}"] } }   in .vscode/mcp.json
  Codex            [mcp_servers.connectors]
                   command = "node"
                   args = ["${main}"]   in ~/.codex/config.toml

node ${main} --help lists what else it does.
`
