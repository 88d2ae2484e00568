import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, onTestFinished } from 'vitest'

export const ROOT = resolve(import.meta.dirname, '../..')
export const MAIN = join(ROOT, 'dist/main.js')

/** The code blocks of one language in a document, in order. */
export async function codeBlocks(document: string, language: string): Promise<string[]> {
  const text = await readFile(join(ROOT, document), 'utf8')
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  )
}

/** A folder for all tests of a file. */
export async function keptFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-test-'))
  kept.push(folder)
  return folder
}

const kept: string[] = []
afterAll(async () => {
  await Promise.all(kept.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The built command, serving on a free port until the test ends. @returns its address */
export async function serve(args: string[], env: Record<string, string>): Promise<string> {
  const command = [MAIN, 'serve', '--port', '0', ...args]
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => end(child))
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return url
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
