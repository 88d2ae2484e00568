import { Command, CommanderError } from 'commander'
import { VERSION } from '../app/version.js'
import { collect, isWithoutCommand, portNumber, sentence, withExample, withHelpOption } from './arguments.js'
import { logout, showLoginStatus, showSecret } from './auth.js'
import { check } from './check.js'
import {
  configureCallbackOrigins,
  createClient,
  deleteClient,
  listClients,
  showAdministratorKey,
  showCallbackSecret,
} from './clients.js'
import { EXIT } from './exit-codes.js'
import { newKey, prune, rotate, showKeyStatus as showKeys } from './keys.js'
import { type LoginOptions, login } from './login.js'
import { complain, type OutputOptions, print } from './output.js'
import { serve } from './serve.js'
import { addSkill } from './skills.js'
import { stdio } from './stdio.js'
import { exportTo, importFrom } from './transfer.js'
import { listUsers, resetUser } from './users.js'

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
    const program = buildProgram(command)
    const asked = withHelpOption(program, args)
    // With an action of its own it would treat an unknown command as an argument, and suggest nothing.
    if (isWithoutCommand(asked)) program.action(command(({ connector }: { connector: string[] }) => stdio(connector)))
    await program.parseAsync(asked, { from: 'user' })
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
    .configureOutput({
      outputError: (text) => complain(`${sentence(text)} "connectors-mcp help" lists the commands.`),
      writeOut: (text) => print(text.trimEnd()),
    })
    .option('--connector <file>', 'load a connector of your own as well (may be repeated)', collect, [])

  const serving = program.command('serve').description('serve the connector API over HTTP on 127.0.0.1')
  withExample(serving, 'serve --port 8080')
    .option('--port <number>', 'the port; 0 takes any free one', portNumber, 8080)
    .option('--connector <file>', 'load a connector of your own as well (may be repeated)', collect, [])
    .action(command((options: { port: number; connector: string[] }) => serve(options.port, options.connector)))

  addAuth(program, command)
  addUsers(program, command)
  addClients(program, command)
  addSkills(program, command)
  addKeys(program, command)
  addTransfer(program, command)
  withExample(program.command('check'), 'check')
    .option(JSON_OPTION, JSON_MEANING)
    .description('read the whole store and say whether it is intact')
    .action(command(check))
  return program
}

const [JSON_OPTION, JSON_MEANING] = ['--json', 'print the output as JSON']
const [CLIENT_OPTION, CLIENT_MEANING] = ['--client <name>', 'the client']

function addAuth(program: Command, command: Wrap): void {
  const auth = program.command('auth').description('manage the login that agents on this machine use')
  withExample(auth.command('login'), 'auth login you@example.com --register')
    .argument('[identifier]', 'the user; CONNECTORS_IDENTIFIER by default')
    .option('--register', 'create the user first; its secret is saved and never shown')
    .option('--moved', 'use the secret saved for another service, after its accounts were moved to this one')
    .description('log in and save the login, with the secret that is saved already or one read from standard input')
    .action(command((identifier: string | undefined, options: LoginOptions) => login(identifier, options)))
  withExample(auth.command('status'), 'auth status')
    .option(JSON_OPTION, JSON_MEANING)
    .description('show who is logged in, and which other logins are saved')
    .action(command((options: OutputOptions) => showLoginStatus(options)))
  withExample(auth.command('secret'), 'auth secret')
    .argument('[identifier]', 'a saved user; the one logged in by default')
    .description('print a saved secret, to keep a copy of it')
    .action(command((identifier: string | undefined) => showSecret(identifier)))
  withExample(auth.command('logout'), 'auth logout')
    .argument('[identifier]', 'a saved user; the one logged in by default')
    .option('--forget', 'delete the saved secret as well')
    .description('end the login; its secret stays saved')
    .action(command((identifier: string | undefined, options: { forget?: boolean }) => logout(identifier, options)))
}

function addUsers(program: Command, command: Wrap): void {
  const users = program.command('users').description('manage the users of your own service')
  withExample(users.command('list'), 'users list')
    .option(CLIENT_OPTION, CLIENT_MEANING, 'default')
    .option(JSON_OPTION, JSON_MEANING)
    .description('list the users of a client: identifier, id, when created, how many accounts')
    .action(command(listUsers))
  withExample(users.command('reset'), 'users reset you@example.com')
    .argument('<identifier>', 'the user')
    .option(CLIENT_OPTION, CLIENT_MEANING, 'default')
    .option('--login', 'save the new secret as the login of this machine, and do not print it')
    .option(JSON_OPTION, JSON_MEANING)
    .description(
      'create another secret for a user and print it once; accounts are kept, logins with the old secret end',
    )
    .action(command(resetUser))
}

function addClients(program: Command, command: Wrap): void {
  const clients = program.command('clients').description('manage the clients (teams, applications) of your own service')
  withExample(clients.command('create'), 'clients create my-team')
    .argument('<name>', 'the name of the client')
    .option(
      '--callback <origin>',
      'an origin that callback URLs may lead to (may be repeated); any by default',
      collect,
      [],
    )
    .option(JSON_OPTION, JSON_MEANING)
    .description('create a client and print its API key, once')
    .action(command(createClient))
  withExample(clients.command('callbacks'), 'clients callbacks my-team https://app.example')
    .argument('<name>', 'the client')
    .argument('[origins...]', 'such as https://app.example; they replace the current list')
    .option('--any', 'empty the list, so that any origin is allowed')
    .option(JSON_OPTION, JSON_MEANING)
    .description('show or set the origins that callback URLs of its links and actions may lead to')
    .action(command(configureCallbackOrigins))
  withExample(clients.command('callback-secret'), 'clients callback-secret my-team')
    .argument('<name>', 'the client')
    .description('print the secret that signs what is posted to its callback URLs')
    .action(command((name: string) => showCallbackSecret(name)))
  withExample(clients.command('administrator-key'), 'clients administrator-key')
    .description('print the key that may create clients over HTTP')
    .action(command(showAdministratorKey))
  withExample(clients.command('list'), 'clients list')
    .option(JSON_OPTION, JSON_MEANING)
    .description('list the clients: name, id, when created')
    .action(command(listClients))
  withExample(clients.command('delete'), 'clients delete my-team --yes')
    .argument('<name>', 'the client')
    .option('--yes', 'confirm the deletion')
    .option(JSON_OPTION, JSON_MEANING)
    .description('delete a client, its users and their accounts, and destroy its key')
    .action(command(deleteClient))
}

function addSkills(program: Command, command: Wrap): void {
  const skills = program
    .command('skills')
    .description('manage the skills that a client of your own service offers its users')
  withExample(skills.command('add'), 'skills add ./SKILL.md --client my-team')
    .argument('<file>', 'a SKILL.md')
    .requiredOption(CLIENT_OPTION, 'the client it belongs to')
    .option(JSON_OPTION, JSON_MEANING)
    .description('add a skill, and print its id')
    .action(command(addSkill))
}

function addKeys(program: Command, command: Wrap): void {
  const keys = program.command('keys').description('manage the keys that open the store')
  withExample(keys.command('status'), 'keys status')
    .option(JSON_OPTION, JSON_MEANING)
    .description('list the ids of the keys and how many records use each')
    .action(command(showKeys))
  withExample(keys.command('rotate'), 'keys rotate')
    .option(JSON_OPTION, JSON_MEANING)
    .description('add a new key to the key file, and re-wrap everything with the current key')
    .action(command(rotate))
  withExample(keys.command('prune'), 'keys prune')
    .option(JSON_OPTION, JSON_MEANING)
    .description('remove keys that are no longer needed')
    .action(command(prune))
  withExample(keys.command('new'), 'keys new')
    .description('print a new key, for CONNECTORS_KEY or CONNECTORS_KEY_COMMAND')
    .action(command(newKey))
}

function addTransfer(program: Command, command: Wrap): void {
  withExample(program.command('export'), 'export accounts.cmcp')
    .argument('<file>', 'must not exist yet')
    .option(CLIENT_OPTION, CLIENT_MEANING, 'default')
    .option(JSON_OPTION, JSON_MEANING)
    .description("write a client's users, accounts and credentials into an encrypted file")
    .action(command(exportTo))
  withExample(program.command('import'), 'import accounts.cmcp')
    .argument('<file>', 'a file that export wrote')
    .option(CLIENT_OPTION, CLIENT_MEANING, 'default')
    .option('--replace', 'give existing users the accounts in the file')
    .option(JSON_OPTION, JSON_MEANING)
    .description('import such a file into a client')
    .action(command(importFrom))
}
