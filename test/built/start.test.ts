import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

/*
 * What a start loads until the tools are listed. Every agent pays for it, also for one that never calls a tool: a module more is a
 * decision, and a new schema of zod at its top costs as much as twenty functions. `npm run bench` (ONLY=start) says what it comes to.
 */

/** A sixth more than it takes now, of which nine tenths are the SDK and zod. */
const BYTES = 750_000
const FILES = 6

interface Coverage {
  result: { url: string }[]
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The files of the build that a process loaded until it had listed its tools. */
async function loadedFiles(): Promise<string[]> {
  const folder = newFolder()
  const coverage = join(folder, 'coverage')
  const server = new StdioProcess([MAIN], { HOME: folder, NODE_V8_COVERAGE: coverage })
  await server.request('server/discover')
  await server.request('tools/list')
  await server.end()
  const [report = ''] = readdirSync(coverage)
  const { result } = JSON.parse(readFileSync(join(coverage, report), 'utf8')) as Coverage
  return result
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => fileURLToPath(url))
    .filter((file) => file.startsWith(dirname(MAIN)))
}

/** Modules that are loaded together with an entry, and the packages that they import. */
function loadedWith(entry: string, { inputs }: Metafile): string[] {
  const found = new Set([entry])
  for (const module of found)
    for (const { path, kind, external } of inputs[module]?.imports ?? [])
      if (kind === 'import-statement' && !(external && path.startsWith('node:'))) found.add(path)
  return [...found].sort()
}

test('few files and few bytes are loaded, and none of what only calls need', async () => {
  const files = await loadedFiles()
  expect(files.map((file) => basename(file))).toContain('main.js')
  expect(files.length).toBeLessThanOrEqual(FILES)
  expect(files.reduce((sum, file) => sum + readFileSync(file).length, 0)).toBeLessThan(BYTES)
  const chunkOfCalls = readdirSync(dirname(MAIN)).find((file) => /^calls-\w+\.js$/.test(file))
  expect(chunkOfCalls).toBeDefined()
  expect(files.map((file) => basename(file))).not.toContain(chunkOfCalls)
  for (const text of files.map((file) => readFileSync(file, 'utf8'))) {
    // The SDK's validator of forms.
    expect(text).not.toContain('Ajv')
    // An import of Node's own modules would load what they load on first use.
    expect(text).not.toMatch(/from ?"node:(?!module")/)
  }
})

test('our modules of a start, and the packages that they need, are these', async () => {
  const { metafile } = await build({
    absWorkingDir: resolve(import.meta.dirname, '../..'),
    entryPoints: ['src/cli/stdio.ts'],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'never-written',
    write: false,
    metafile: true,
  })
  expect(loadedWith('src/cli/stdio.ts', metafile).join('\n')).toMatchSnapshot()
})
