import { Command, InvalidArgumentError } from 'commander'
import { ownCommand } from '../app/own-command.js'
import { typable } from '../base/typable.js'
import { complain } from './output.js'

/**
 * Adds an example to a command's help and to each error about its arguments.
 * @param example valid arguments: `clients create my-team`
 */
export function withExample(command: Command, example: string): Command {
  const typed = `connectors-mcp ${example}`
  command.addHelpText('after', `\nExample:\n  ${typable(typed, ownCommand())}`)
  return command.configureOutput({ outputError: (text) => complain(`${sentence(text)} For example: ${typed}`) })
}

/** Commander's message about wrong arguments, as a sentence on one line. */
export function sentence(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const words = lines
    .filter(Boolean)
    .join(' ')
    .replace(/^error: /, '')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`.replace(/(?<![.?)])$/, '.')
}

/**
 * Replaces the word `help` by the option, at any level: `help`, `auth help`, `help auth login`,
 * `auth login help`.
 */
export function withHelpOption(program: Command, args: readonly string[]): string[] {
  const at = args.indexOf('help')
  if (at === -1) return [...args]
  const before = commandNamed(program, args.slice(0, at))
  const isLast = at === args.length - 1
  if (!before || !(before.commands.length > 0 || isLast)) return [...args]
  const rest = [...args.slice(0, at), ...args.slice(at + 1)]
  // Asking for the help of an unknown command yields the error about that command.
  return commandNamed(program, rest) ? [...rest, '--help'] : rest
}

/** The command with exactly this name; undefined if there is none. */
function commandNamed(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (command, word) => command?.commands.find((known) => known.name() === word),
    program,
  )
}

/** The words of a command line before its first command are options of the program itself. */
export function isWithoutCommand(args: readonly string[]): boolean {
  const reader = new Command().helpOption(false).option('--connector <file>').enablePositionalOptions()
  return reader.parseOptions([...args]).operands.length === 0
}

/** For an option that may be repeated. */
export const collect = (value: string, before: string[]): string[] => [...before, value]

/** @throws InvalidArgumentError */
export function portNumber(value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return port
}
