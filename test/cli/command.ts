import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MAIN } from '../built/build.js'

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export type Settings = Record<string, string>

/** A folder that goes with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts the built command with these settings and no others. */
export function start(
  args: readonly string[],
  settings: Settings,
  input = '',
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: settings.CONNECTORS_DATA_DIR ?? '', ...settings },
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  // A command that reads nothing may be gone by now.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...output }))
  })
  return { child, ended }
}

/** Runs the built command to its end. */
export const run = (args: readonly string[], settings: Settings, input = ''): Promise<Ended> =>
  start(args, settings, input).ended

/** The same, for what must succeed. */
export async function done(args: readonly string[], settings: Settings, input = ''): Promise<Ended> {
  const ended = await run(args, settings, input)
  if (ended.code !== 0) throw new Error(`${args.join(' ')} failed: ${ended.stderr}`)
  return ended
}

/** Serves the API until the test is over; gives back its address. */
export async function serve(settings: Settings): Promise<string> {
  const { child, ended } = start(['serve', '--port', '0'], settings)
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\n')) resolve(text.trim())
    })
    void ended.then(({ stderr }) => reject(new Error(stderr)))
  })
}

/** One request of the API. */
export async function call(
  url: string,
  path: string,
  json: unknown,
  headers: Record<string, string> = {},
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
): Promise<any> {
  const response = await fetch(url + path, {
    method: json === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
  const body = (await response.json()) as { data?: unknown }
  if (!response.ok) throw new Error(JSON.stringify(body))
  return body.data
}
