import { databaseSecrets, databaseTarget, isFilePath, isReadOnlyAddress } from '../../database/address.js'
import type { Database } from '../../database/port.js'
import { type Account, type CustomAuth, invalidParameters, z } from '../../kit/index.js'

const text = (description: string) => z.string().nullish().describe(description)
const SERVERS = ['postgresql', 'mysql', 'mariadb']
const MYSQL_PORT = 'Port: 3306 if left empty'
/** Fields that only a server has. @see the kit's `ConfigurationField` */
const ofServer = <Schema extends z.ZodType>(schema: Schema, description: string, more: Record<string, unknown> = {}) =>
  schema.nullish().meta({ description, only_for: SERVERS, ...more })

/** Linking takes `url` alone or all of the single parts, which are ignored with a `url`; `extra_config` adds to both. */
const fields = {
  driver: z
    .string()
    .nullish()
    .meta({
      description: 'Kind of database',
      choices: { postgresql: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB', sqlite: 'SQLite file' },
    }),
  host: ofServer(z.string(), 'Host: name or address of the server'),
  port: ofServer(z.union([z.number().int(), z.string().regex(/^\d+$/)]), 'Port: 5432 if left empty', {
    words: { mysql: MYSQL_PORT, mariadb: MYSQL_PORT },
  }),
  username: ofServer(z.string(), 'User name at the database'),
  password: ofServer(z.string(), 'Password of that user', { secret: true }),
  database: z
    .string()
    .nullish()
    .meta({ description: 'Name of the database', words: { sqlite: 'Path of the file: such as /home/me/shop.db' } }),
  identifier: text('What to call the account: derived from the other fields if left empty'),
  read_only: z
    .boolean()
    .describe(
      'True to let nothing be changed through this account: the database itself refuses changes of rows and definitions',
    )
    .nullish(),
  url: z.string().nullish().meta({
    description:
      'The database as a URL: postgresql://user:password@host:5432/database, mysql://…, mariadb://…, or for a file sqlite:////absolute/path or sqlite:///relative/path',
    group: 'Or paste a URL',
    secret: true,
  }),
  extra_config: z.record(z.string(), z.unknown()).nullish().meta({
    description:
      'Further settings, also in addition to a URL: the part after its question mark, as {"sslmode": "verify-full"}',
    group: 'Further settings',
  }),
}

const HELP = [
  'The account can do what the database user can, so make a user with no more rights than the agent needs, and let nothing be changed where it only has to read.',
  'The connection to another machine is encrypted if the server offers it, but its certificate is checked only with {"sslmode": "verify-full"} in the further settings, or sslmode=verify-full in a URL.',
].join(' ')

const USUAL_PORTS: Readonly<Record<string, number>> = { postgresql: 5432, mysql: 3306, mariadb: 3306 }

const NEEDED = ['host', 'username', 'database']

/**
 * With a URL the single parts are ignored; the path of a file stands for its URL. A port that is left out is the usual
 * one, and a password that is left out is empty.
 * @throws INVALID_PARAMETERS with what is missing
 */
function fromForm({ url, extra_config, identifier, read_only, ...parts }: Record<string, unknown>) {
  const beside = { extra_config, identifier, read_only }
  if (typeof url === 'string') return given({ url: fileUrl(url.trim()) ?? url, ...beside })
  const port = USUAL_PORTS[String(parts.driver)]
  const missing = (port === undefined ? ['database'] : NEEDED).filter((name) => parts[name] === undefined)
  if (missing.length > 0) {
    const errors = missing.map((field) => ({ field, message: 'is missing' }))
    throw invalidParameters('Fill in what is missing, or paste a URL instead.', errors)
  }
  if (port !== undefined) return given({ port, password: '', ...parts, ...beside })
  const { database } = parts
  return given({ ...parts, ...(typeof database === 'string' ? { database: pathOf(database) } : {}), ...beside })
}

const given = (configuration: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(configuration).filter(([, value]) => value !== undefined))

/** Undefined for what is not a path. @throws INVALID_PARAMETERS for one that only a shell understands */
function fileUrl(text: string): string | undefined {
  if (!isFilePath(text) || (/^[a-z][\w+.-]*:\/\//i.test(text) && !/^file:/i.test(text))) return undefined
  if (text.startsWith('~')) throw invalidParameters(WHOLE_PATH, [{ field: 'url', message: 'begins with ~' }])
  return `sqlite:///${pathOf(text)}`
}

const WHOLE_PATH = 'Write the path of the file in full: only shells know what ~ stands for.'

/** The path in `file:///home/me/shop.db`, `sqlite:////home/me/shop.db` and `sqlite:/home/me/shop.db`. */
const pathOf = (text: string): string =>
  text.replace(/^file:(?:\/\/)?/i, '').replace(/^sqlite3?:(?:\/\/\/?(?=[^/])|\/\/\/(?=\/))?/i, '')

const READ_ONLY = {
  field: 'read_only',
  isSetOtherwise: isReadOnlyAddress,
  meanings: {
    write: 'add, change and delete rows',
    schema: 'change tables and other definitions',
    admin: 'administer the server',
  },
  despite: {
    admin:
      'This applies to rows and definitions. An administrator can act on the server, its files, other sessions and other servers by functions that a read-only transaction does not stop; we refuse those we know by name, but not those that functions of the database call. A user with fewer rights is safer.',
  },
}

/** Linking by a configuration, which a form may fill in. */
export const linking: CustomAuth = {
  fields,
  help: HELP,
  fromForm,
  readOnly: READ_ONLY,
  secrets: databaseSecrets,
  target: databaseTarget,
}

/** Tries the database: what it is called, which server it is, and what can be done there. @throws as `Database.probe` */
export async function accountOf(database: Database, { identifier }: Record<string, unknown>): Promise<Account> {
  const { server, version, abilities } = await database.probe()
  return {
    identifier: typeof identifier === 'string' && identifier !== '' ? identifier : database.name,
    server: { name: server, version },
    scopes: abilities ?? [],
    readOnly: database.readOnly || (abilities?.every((ability) => ability === 'read') ?? false),
  }
}
