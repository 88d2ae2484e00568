import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Secret } from '../base/secret.js'

/** Whether a person uses this process in a terminal. */
export const atTerminal = (): boolean => process.stdin.isTTY === true

/** Reads a line from a pipe, or as it is typed, without an echo. Empty when there is none. */
export async function readSecretLine(prompt: string): Promise<Secret> {
  const terminal = atTerminal()
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal })
  // Only now, when the interface has turned the terminal's echo off, since a person may type at once.
  if (terminal) process.stderr.write(`${prompt} (it is not shown): `)
  try {
    for await (const line of reader) return new Secret(line.trim())
    return new Secret('')
  } finally {
    reader.close()
    if (terminal) process.stderr.write('\n')
  }
}
