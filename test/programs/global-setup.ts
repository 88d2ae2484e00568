import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

/** The path of a program that the tests run, or why there is none. */
export type Program = { path: string } | { reason: string }

export const NODE_MAJORS = [20, 22, 24] as const

declare module 'vitest' {
  interface ProvidedContext {
    node20: Program
    node22: Program
    node24: Program
    inspector: Program
  }
}

/** For all that one program needs, on a slow network. Milliseconds. */
const PATIENCE = 180_000
const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0'

/** By the word for which a test file asks for it. */
const PROGRAMS = {
  node20: { word: /\bNODES\b/, find: () => findNode(20) },
  node22: { word: /\bNODES\b/, find: () => findNode(22) },
  node24: { word: /\bNODES\b/, find: () => findNode(24) },
  inspector: { word: /\binspectorProgram\b/, find: findInspector },
}

/**
 * Fetches what the tests run beside this package from the npm registry, into a cache of their own and once for a run: other
 * versions of Node and the MCP Inspector, which are too large, or too new for Node 20, to be dependencies.
 */
export default async function setup(project: TestProject): Promise<void> {
  const filters = Reflect.get(project.vitest, 'filenamePattern') as string[] | undefined
  const { testFiles } = await project.globTestFiles(filters)
  const texts = await Promise.all(testFiles.map((file) => readFile(file, 'utf8')))
  const provide = async (name: keyof typeof PROGRAMS): Promise<void> => {
    const { word, find } = PROGRAMS[name]
    if (!texts.some((text) => word.test(text))) return project.provide(name, { reason: 'No chosen test asks for it.' })
    try {
      project.provide(name, { path: await find() })
    } catch (error) {
      const reason = `${name} cannot be fetched from the npm registry: ${causeOf(error)}.`
      process.stderr.write(`Tests are skipped. ${reason}\n`)
      project.provide(name, { reason })
    }
  }
  await Promise.all((Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]).map(provide))
}

/** What npm calls it, such as ENOTFOUND; else all that is known. */
function causeOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return /^npm error code (\S+)/m.exec(text)?.[1] ?? text
}

async function findNode(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const print = "process.stdout.write(process.version + ' ' + process.execPath)"
  const [version, ...path] = (await npx(['-p', `node@${major}`, 'node', '-e', print])).split(' ')
  if (!version?.startsWith(`v${major}.`)) throw new Error(`node@${major} is ${version}`)
  return path.join(' ')
}

async function findInspector(): Promise<string> {
  return (await npx(['-p', INSPECTOR, '-c', 'readlink -f "$(command -v mcp-inspector)"'])).trim()
}

async function npx(args: readonly string[]): Promise<string> {
  const reached = Object.entries(process.env).filter(([name]) => /^(npm_config_registry|\w+_proxy)$/i.test(name))
  const env = {
    ...Object.fromEntries(reached),
    PATH: process.env.PATH ?? '',
    HOME: tmpdir(),
    npm_config_update_notifier: 'false',
    npm_config_cache: join(tmpdir(), 'connectors-npm-cache'),
    // Where there is no network, npm would try for minutes. Milliseconds.
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    npm_config_fetch_timeout: '60000',
  }
  return (await promisify(execFile)('npx', ['-y', ...args], { env, cwd: tmpdir(), timeout: PATIENCE })).stdout
}
