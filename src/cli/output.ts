import { ownCommand } from '../app/own-command.js'
import { typable } from '../base/typable.js'

/** Shows the person a sentence on stderr; stdout is for output that a script reads. */
export const say = (sentence: string): void => void process.stderr.write(`${typable(sentence, ownCommand())}\n`)

/** Shows why a command failed. Every such line begins with the name of the program, once. */
export const complain = (sentence: string): void => say(`connectors-mcp: ${sentence}`)

/** Prints one line of output. */
export function print(line: string): void {
  // A reader that closes the pipe early, such as `head`, does not cause a failure.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', ignoreClosed)
  process.stdout.write(`${line}\n`)
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Prints a command's output as one JSON value, whose names are those of the HTTP API. */
export const printJson = (value: unknown): void => print(JSON.stringify(value))

/** How a command prints its output: as JSON if a script asks for it. */
export interface OutputOptions {
  json?: boolean
}
