// The yardstick of calls over HTTP: an SDK server with one tool, which sends one request and answers with what came. RECORDS_URL says where.
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { request } from 'undici'
import * as z from 'zod'

const input = z.strictObject({ id: z.int().min(1) })
const output = z.looseObject({ id: z.number() })

async function recordOf(id: number): Promise<z.infer<typeof output>> {
  const url = `${process.env.RECORDS_URL}/records/${id}`
  const { statusCode, body } = await request(url, { headers: { authorization: `Bearer ${process.env.RECORDS_TOKEN}` } })
  if (statusCode !== 200) throw new Error(`Status ${statusCode}: ${await body.text()}`)
  return (await body.json()) as z.infer<typeof output>
}

serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1' })
  server.registerTool(
    'get_record',
    { description: 'Get a record', inputSchema: input, outputSchema: output },
    async ({ id }) => {
      const record = await recordOf(id)
      return { content: [{ type: 'text', text: JSON.stringify(record) }], structuredContent: record }
    },
  )
  return server
})
