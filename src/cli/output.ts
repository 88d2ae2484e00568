import { ownCommand } from '../app/own-command.js'
import { typable } from '../base/typable.js'

/** Tells the person something. stdout is for what a script reads. */
export const say = (sentence: string): void => void process.stderr.write(`${typable(sentence, ownCommand())}\n`)

/** Says why a command did not do what was asked. Every such line begins with the name of the program, once. */
export const complain = (sentence: string): void => say(`connectors-mcp: ${sentence}`)

/** One line of facts. */
export function print(line: string): void {
  // A reader such as `head` that has seen enough is no failure.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', ignoreClosed)
  process.stdout.write(`${line}\n`)
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** All facts of a command as one JSON value, whose names are those of the HTTP API. */
export const printJson = (value: unknown): void => print(JSON.stringify(value))

/** What a command prints: JSON for a script that asked for it. */
export interface OutputOptions {
  json?: boolean
}
