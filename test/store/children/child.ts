import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface Child {
  process: ChildProcessByStdio<Writable, Readable, Readable>
  lines: Interface
  /** Resolves when it has exited, with all it printed. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; lines: string[]; errors: string }>
}

const started = new Set<Child>()

/** Starts a program of this folder as a process of its own. */
export function startChild(program: string, args: string[]): Child {
  const file = fileURLToPath(new URL(`./${program}`, import.meta.url))
  const process = spawn(globalThis.process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  let errors = ''
  const lines = createInterface({ input: process.stdout })
  lines.on('line', (line) => printed.push(line))
  process.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString()
  })
  const ended = new Promise<Awaited<Child['ended']>>((resolve, reject) => {
    process.on('error', reject)
    process.on('close', (code, signal) => resolve({ code, signal, lines: printed, errors }))
  })
  const child = { process, lines, ended }
  started.add(child)
  return child
}

/** Ends what a failed test left running. */
export async function killChildren(): Promise<void> {
  for (const child of started) child.process.kill('SIGKILL')
  await Promise.all([...started].map(({ ended }) => ended))
  started.clear()
}

/** The next line it prints. */
export function nextLine({ lines, ended }: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.once('line', resolve)
    void ended.then(({ errors }) => reject(new Error(`The process ended. ${errors}`)))
  })
}
