// Plays the published, unmodified Python SDK and CLI against the built service: npm run interop
//   PYTHON=python3.12     which Python to use (3.11 or newer, before 3.14); found by itself unless told
//   CHINOOK=/path.sqlite  the Chinook database; ../shared/counterparts/db unless told
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const root = resolve(import.meta.dirname, '../..')
const main = join(root, 'dist/main.js')
const venv = join(root, '.interop')
const chinook = resolve(process.env.CHINOOK ?? join(root, '../shared/counterparts/db/Chinook_Sqlite.sqlite'))

function stop(why) {
  process.stderr.write(`interop: ${why}\n`)
  process.exit(1)
}

function findPython() {
  const asked = process.env.PYTHON
  for (const python of asked ? [asked] : ['python3', 'python3.13', 'python3.12', 'python3.11']) {
    const { stdout } = spawnSync(python, ['-c', 'import sys, venv; print(sys.version_info.minor)'], { encoding: 'utf8' })
    const minor = Number(stdout?.trim() || Number.NaN)
    if (minor >= 11 && minor < 14) return python
  }
  return stop('there is no Python from 3.11 to 3.13 with its venv module here; install one, or name it in PYTHON.')
}

if (!existsSync(main)) stop('the package is not built; run "npm ci" first.')
if (!existsSync(chinook)) stop(`the Chinook database is not at ${chinook}; name another place in CHINOOK.`)
const python = findPython()
execFileSync('bash', [join(root, 'test/interop/setup.sh'), venv], { stdio: 'inherit', env: { ...process.env, PYTHON: python } })

const folder = mkdtempSync(join(tmpdir(), 'connectors-interop-'))
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  CONNECTORS_DATA_DIR: join(folder, 'data'),
  // A made-up OAuth client: the clients are shown an authorization URL, which nobody opens.
  CONNECTORS_GITHUB_CLIENT_ID: 'interop',
  CONNECTORS_GITHUB_CLIENT_SECRET: 'interop-secret',
}
const connectors = (...args) => execFileSync(process.execPath, [main, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

const apiKey = connectors('clients', 'create', 'interop')
const otherKey = connectors('clients', 'create', 'other')
const skill = join(folder, 'SKILL.md')
writeFileSync(skill, '---\nname: greet\ndescription: Greet a person by name.\n---\n\nSay hello.\n')
connectors('skills', 'add', skill, '--client', 'interop')

const service = spawn(process.execPath, [main, 'serve', '--port', '0', '--connector', join(root, 'test/wiretest.mjs')], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
let code = 1
try {
  const url = await new Promise((done, fail) => {
    createInterface({ input: service.stdout }).once('line', done)
    service.once('exit', () => fail(new Error('the service ended before it said where it is')))
  })
  const played = spawnSync('bash', [join(root, 'test/interop/run.sh')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, VENV: venv, SERVICE_URL: url, CLIENT_API_KEY: apiKey, OTHER_API_KEY: otherKey, SQLITE_PATH: chinook },
  })
  process.stdout.write(played.stdout)
  const skipped = played.stdout.split('\n').filter((line) => line.startsWith('skip '))
  if (skipped.length > 0) process.stdout.write(`interop: ${skipped.length} checks were skipped, which counts as a failure here\n`)
  code = played.status === 0 && skipped.length === 0 ? 0 : 1
} finally {
  service.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)
