import { count } from '../base/count.js'
import { generateKeyLine, keysStatus, pruneKeys, rotateKeys } from '../operator/keys.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { complain, type OutputOptions, print, printJson, say } from './output.js'

/** Prints a new key as a line of a key file, and changes nothing. */
export function newKey(): number {
  const { id, line } = generateKeyLine()
  say(
    `A new key, ${id}. Put this line before the others and restart every process, then run: connectors-mcp keys rotate`,
  )
  print(line)
  return EXIT.done
}

export async function rotate({ json }: OutputOptions): Promise<number> {
  const config = loadConfig()
  const { fresh, currentId, rewrapped } = await rotateKeys(config)
  const elsewhere = config.key !== undefined || config.keyCommand !== undefined
  say(
    fresh
      ? `The key file now begins with a new key, ${currentId}. Copy the file to your backup; the old keys stay in it.`
      : elsewhere
        ? `The current key is ${currentId}. For another key, put the line that "connectors-mcp keys new" prints before it, and run this again.`
        : `An earlier rotation to the key ${currentId} was not finished; it is now. For another key run this again.`,
  )
  if (json) printJson({ current: currentId, fresh, rewrapped })
  else print(`re-wrapped: ${rewrapped}`)
  return EXIT.done
}

export async function showKeyStatus({ json }: OutputOptions): Promise<number> {
  const { subject, keys, missing } = await keysStatus(loadConfig())
  const all = [
    ...keys.map((key) => ({ ...key, missing: false })),
    ...missing.map((key) => ({ ...key, current: false, missing: true })),
  ]
  if (json) printJson(all)
  else {
    say(`${subject}:`)
    for (const { id, records, current, missing } of all)
      print([id, count(records, 'record'), ...(current ? ['current'] : missing ? ['missing'] : [])].join('\t'))
  }
  return missing.length === 0 ? EXIT.done : EXIT.failed
}

export async function prune({ json }: OutputOptions): Promise<number> {
  const { unused, needed, removed } = await pruneKeys(loadConfig())
  if (json) printJson({ unused, needed, removed })
  if (needed.length > 0) complain(`Still needed: ${needed.join(', ')}. Run: connectors-mcp keys rotate`)
  if (unused.length === 0) {
    say('All keys are in use; none can be removed.')
    return needed.length === 0 ? EXIT.done : EXIT.failed
  }
  say(
    removed
      ? 'Removed from the key file; copies of the store that are older than the rotation still need them:'
      : 'No record needs these keys any more; remove their lines where your keys are:',
  )
  if (!json) print(unused.join('\n'))
  return EXIT.done
}
