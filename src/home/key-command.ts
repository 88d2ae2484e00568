import { spawn } from 'node:child_process'
import { ConnectorsError } from '../base/errors.js'

/** How long the command may take. Milliseconds. */
const TIME = 10_000
/** More than any key ring: a command that prints more is not the intended one. Characters. */
const LIMIT = 1_000_000

/**
 * Runs the command that prints the keys, without a shell. Its standard input is empty; its standard error
 * is ours.
 * @param command an executable and its arguments
 * @returns what it printed, a secret
 * @throws MISCONFIGURED, with what to do, when it cannot be started, fails, prints nothing or takes more than 10 seconds
 */
export function runKeyCommand([executable = '', ...args]: readonly string[], time = TIME): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    const end = (outcome: () => void): void => {
      clearTimeout(timer)
      // A process that the command left behind may keep the pipe open.
      child.stdout.destroy()
      outcome()
    }
    const fail = (fault: string): void =>
      end(() => {
        child.kill('SIGKILL')
        reject(failed(fault))
      })
    const timer = setTimeout(() => fail(`took more than ${time / 1000} seconds`), time)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.length > LIMIT) fail('printed far more than keys')
    })
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(`could not be started (${error.code ?? 'unknown error'})`),
    )
    child.once('close', (code, signal) => {
      if (code !== 0) fail(code === null ? `was ended by ${signal}` : `failed with exit code ${code}`)
      else if (text.trim() === '') fail('printed nothing')
      else end(() => resolve(text))
    })
  })
}

const failed = (fault: string): ConnectorsError =>
  new ConnectorsError(
    'MISCONFIGURED',
    `The command in CONNECTORS_KEY_COMMAND ${fault}; run it by hand as the same user to see why, and correct it or the setting.`,
  )
