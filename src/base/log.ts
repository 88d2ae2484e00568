import { type DestinationStream, type Logger, pino } from 'pino'
import { isForOperator } from './errors.js'

export type { Logger } from 'pino'

/** Field names that hold a secret at any depth; their values never reach the log. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'client_secret',
  'code',
  'code_verifier',
  'api_key',
  'configuration',
  'credential',
]

/**
 * The process's log: one JSON object a line, on stderr only, since stdout of the stdio server carries protocol.
 * Errors are logged by name, code and stack, without third-party text. Errors for the operator are logged whole.
 * @param level pino's level name
 * @param destination where the lines go; file descriptor 2 by default; tests pass another one
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
      serializers: { err: describeError },
      // Under its usual key pino takes an error's message for the text of an entry that has none.
      errorKey: 'error_without_a_message',
      hooks: {
        logMethod(args, log) {
          const [first, ...rest] = args as [unknown, ...unknown[]]
          log.apply(this, (first instanceof Error ? [{ err: first }, ...rest] : args) as typeof args)
        },
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  )
}

/**
 * Name, code and stack. A message may quote a third party or a connection string, so it is left out unless
 * it is our own sentence for the operator, which appears only here.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = (error as { code?: unknown }).code
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return {
    name: error.name,
    ...(isForOperator(error) ? { message: error.message } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { error_code: code } : {}),
    stack: frames.slice(0, 12),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
