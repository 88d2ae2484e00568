// The yardstick: an SDK server with one tool and nothing else. With PG_URL it asks PostgreSQL directly.
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Pool } from 'pg'
import * as z from 'zod'

const input = z.strictObject({ query: z.string() })
const output = z.looseObject({ rows: z.array(z.looseObject({})) })
let pool: Pool | undefined

async function rowsOf(query: string): Promise<Record<string, unknown>[]> {
  if (!process.env.PG_URL) return []
  if (!pool) {
    const { default: pg } = await import('pg')
    pool = new pg.Pool({ connectionString: process.env.PG_URL, max: 4 })
  }
  return (await pool.query(query)).rows
}

serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1' })
  server.registerTool(
    'query',
    { description: 'Run a query', inputSchema: input, outputSchema: output },
    async ({ query }) => {
      const rows = await rowsOf(query)
      return { content: [{ type: 'text', text: JSON.stringify({ rows }) }], structuredContent: { rows } }
    },
  )
  return server
})
