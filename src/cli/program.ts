import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { VERSION } from '../app/version.js'
import { type LoginOptions, login, logout, secret, status } from './auth.js'
import { callbackOrigins, createClient, deleteClient, listClients, showAdministratorKey } from './clients.js'
import { EXIT } from './exit-codes.js'
import { newKey, prune, rotate, status as showKeys } from './keys.js'
import { serve } from './serve.js'
import { addSkill } from './skills.js'
import { stdio } from './stdio.js'
import { exportTo, importFrom } from './transfer.js'

type Outcome = number | Promise<number>

/** @returns the exit code of the command that the arguments name */
export async function runProgram(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done
  const command =
    <Args extends unknown[]>(action: (...args: Args) => Outcome) =>
    async (...given: Args): Promise<void> => {
      code = await action(...given)
    }
  try {
    await buildProgram(command).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
}

type Wrap = <Args extends unknown[]>(action: (...args: Args) => Outcome) => (...args: Args) => Promise<void>

function buildProgram(command: Wrap): Command {
  const program = new Command('connectors-mcp')
    .description(
      "An MCP server that gives AI agents their users' connectors. Without a command it serves MCP over stdio.",
    )
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .argument('[command]', 'one of those below')
    .option('--connector <file>', 'load a connector of your own as well (may be repeated)', collect, [])
    .action(
      command((unknown: string | undefined, { connector }: { connector: string[] }) => {
        if (unknown === undefined) return stdio(connector)
        process.stderr.write(
          `connectors-mcp: there is no command ${unknown}; connectors-mcp --help lists those that exist.\n`,
        )
        return EXIT.usage
      }),
    )

  program
    .command('serve')
    .description('serve the connector API over HTTP on 127.0.0.1')
    .option('--port <number>', 'the port; 0 takes any free one', portNumber, 8080)
    .option('--connector <file>', 'load a connector of your own as well (may be repeated)', collect, [])
    .action(command((options: { port: number; connector: string[] }) => serve(options.port, options.connector)))

  addClients(program, command)
  addKeys(program, command)
  addTransfer(program, command)

  const skills = program.command('skills').description('the skills that a client of your own service offers its users')
  skills
    .command('add')
    .argument('<file>', 'a SKILL.md')
    .requiredOption('--client <name>', 'the client it belongs to')
    .description('add a skill')
    .action(command((file: string, { client }: { client: string }) => addSkill(file, client)))

  addAuth(program, command)
  return program
}

function addClients(program: Command, command: Wrap): void {
  const clients = program.command('clients').description('the clients (teams, applications) of your own service')
  clients
    .command('create')
    .argument('<name>')
    .option(
      '--callback <origin>',
      'an origin that callback URLs may lead to (may be repeated); any unless given',
      collect,
      [],
    )
    .description('create a client and print its API key, once')
    .action(command((name: string, { callback }: { callback: string[] }) => createClient(name, callback)))
  clients
    .command('callbacks')
    .argument('<name>')
    .argument('[origins...]', 'such as https://app.example; they replace those listed before')
    .option('--any', 'list none, so that any is allowed')
    .description('show or set the origins that callback URLs of its links may lead to')
    .action(
      command((name: string, origins: string[], { any }: { any?: boolean }) =>
        callbackOrigins(name, origins, any ?? false),
      ),
    )
  clients
    .command('administrator-key')
    .description('print the key that may create clients over HTTP')
    .action(command(showAdministratorKey))

  clients.command('list').description('list the clients: name, id, when created').action(command(listClients))
  clients
    .command('delete')
    .argument('<name>')
    .option('--yes', 'really do it')
    .description('delete a client, its users and their accounts, and destroy its key')
    .action(command((name: string, { yes }: { yes?: boolean }) => deleteClient(name, yes ?? false)))
}

function addAuth(program: Command, command: Wrap): void {
  const auth = program.command('auth').description('the login that agents on this machine use')
  auth
    .command('login')
    .argument('[identifier]', 'the user; CONNECTORS_IDENTIFIER unless given')
    .option('--register', 'create the user first; its secret is saved and never shown')
    .option('--moved', 'use the secret of the saved login, after its accounts were moved to this service')
    .description('log in and save the login; the secret is read from standard input')
    .action(command((identifier: string | undefined, options: LoginOptions) => login(identifier, options)))
  auth.command('status').description('say who is logged in').action(command(status))
  auth.command('secret').description('print the saved secret, to keep a copy of it').action(command(secret))
  auth.command('logout').description('forget the login').action(command(logout))
}

function addKeys(program: Command, command: Wrap): void {
  const keys = program.command('keys').description('the keys that open the store')
  keys
    .command('status')
    .description('list the ids of the keys and how many records name each')
    .action(command(showKeys))
  keys
    .command('rotate')
    .description('put a fresh key into the key file, and re-wrap everything with the current key')
    .action(command(rotate))
  keys.command('prune').description('remove keys that nothing needs any more').action(command(prune))
  keys
    .command('new')
    .description('print a fresh key, for CONNECTORS_KEY or CONNECTORS_KEY_COMMAND')
    .action(command(newKey))
}

function addTransfer(program: Command, command: Wrap): void {
  program
    .command('export')
    .argument('<file>', 'must not exist yet')
    .option('--client <name>', 'the client', 'default')
    .description("write a client's users, accounts and credentials into an encrypted file")
    .action(command((file: string, { client }: { client: string }) => exportTo(file, client)))
  program
    .command('import')
    .argument('<file>')
    .option('--client <name>', 'the client', 'default')
    .option('--replace', 'give users that are there already the accounts of the file')
    .description('read such a file')
    .action(
      command((file: string, { client, replace }: { client: string; replace?: boolean }) =>
        importFrom(file, client, replace ?? false),
      ),
    )
}

const collect = (value: string, before: string[]): string[] => [...before, value]

function portNumber(value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('It takes a number from 0 to 65535.')
  return port
}
