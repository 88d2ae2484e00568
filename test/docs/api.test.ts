import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { codeBlocks, MAIN, serve, temporaryFolder } from './served.js'

const missing = ['bash', 'curl', 'jq'].filter((program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return true
  }
})
if (missing.length > 0)
  process.stderr.write(`The examples of docs/api.md are not run: no ${missing.join(', ')} here.\n`)

describe.skipIf(missing.length > 0)('docs/api.md', () => {
  test('its commands work, one after the other', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'example.db')
    const env = { PATH: process.env.PATH ?? '', HOME: folder, CONNECTORS_DATA_DIR: join(folder, 'data') }
    const url = await serve([], env)
    const commands = (await codeBlocks('docs/api.md', 'sh'))
      .join('\n')
      .replace('http://127.0.0.1:8080', url)
      .replaceAll('/tmp/example.db', file)
    const script = `set -euo pipefail
connectors-mcp() { "${process.execPath}" "${MAIN}" "$@" 2> /dev/null; }
curl() { command curl --fail-with-body "$@"; }
${commands}`
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env })
    expect(stdout).toContain('"identifier":"ada@example.com"')
    expect(stdout).toMatch(/\["github",(?:"\w+",)*"sql"/)
    expect(stdout).toContain('"data":[{"greeting":"hello"}]')
    expect(stdout).toMatch(/\{"data":\{"success":true,"new_default":null/)
    expect(stdout).toMatch(/\{"data":\{"status":"ok"\},"meta":null\}$/)
  })
})
