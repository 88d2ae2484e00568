import { readConfig } from '../config/index.js'
import { freshKey, keysStatus, pruneKeys, rotateKeys } from '../operator/keys.js'
import { EXIT } from './exit-codes.js'

/** Prints a fresh key as a line of a key file, and changes nothing. */
export function newKey(): number {
  const { id, line } = freshKey()
  process.stderr.write(
    `A fresh key, ${id}. Put this line before the others and restart every process, then run: connectors-mcp keys rotate\n`,
  )
  process.stdout.write(`${line}\n`)
  return EXIT.done
}

export async function rotate(): Promise<number> {
  const config = readConfig()
  const { fresh, currentId, rewrapped } = await rotateKeys(config)
  const elsewhere = config.key !== undefined || config.keyCommand !== undefined
  process.stderr.write(
    fresh
      ? `The key file has a fresh key in front, ${currentId}. Copy the file to your backup; the old keys stay in it.\n`
      : elsewhere
        ? `The current key is ${currentId}. For another one put the line that "connectors-mcp keys new" prints in front, and run this again.\n`
        : `An earlier rotation to the key ${currentId} was not finished; it is now. For another key run this again.\n`,
  )
  process.stdout.write(`re-wrapped: ${rewrapped}\n`)
  return EXIT.done
}

export async function status(): Promise<number> {
  const { subject, keys, missing } = await keysStatus(readConfig())
  process.stderr.write(`${subject}:\n`)
  for (const { id, current, records } of keys)
    process.stdout.write(`${id}\t${records} records${current ? '\tcurrent' : ''}\n`)
  for (const { id, records } of missing) process.stdout.write(`${id}\t${records} records\tmissing\n`)
  return missing.length === 0 ? EXIT.done : EXIT.failed
}

export async function prune(): Promise<number> {
  const { unused, needed, removed } = await pruneKeys(readConfig())
  if (needed.length > 0) {
    process.stderr.write(`Still needed: ${needed.join(', ')}. Run: connectors-mcp keys rotate\n`)
  }
  if (unused.length === 0) {
    process.stderr.write('There is no key that could be removed.\n')
    return needed.length === 0 ? EXIT.done : EXIT.failed
  }
  process.stderr.write(
    removed
      ? 'Removed from the key file; copies of the store that are older than the rotation still need them:\n'
      : 'No record needs these keys any more; remove their lines where your keys are:\n',
  )
  process.stdout.write(`${unused.join('\n')}\n`)
  return EXIT.done
}
