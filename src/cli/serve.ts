import { serveApi } from '../app/index.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { print, say } from './output.js'

/**
 * Serves the API until SIGINT or SIGTERM. Its address is the only line on stdout, so that a script can read it; a person
 * at a terminal sees what to do next instead.
 */
export async function serve(port: number, connectorFiles: readonly string[]): Promise<number> {
  const served = await serveApi(loadConfig(connectorFiles), { port, connectorFiles })
  // Before the address is printed, since its reader may end this process at once.
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  if (process.stdout.isTTY) say(forPeople(served.url))
  else print(served.url)
  await ended
  await served.close()
  return EXIT.done
}

const forPeople = (url: string): string =>
  `Serving at ${url} (Ctrl-C ends it). Next, in another terminal: connectors-mcp clients create my-team`
