import { serveApi } from '../app/index.js'
import { readConfig } from '../config/index.js'
import { EXIT } from './exit-codes.js'

/** Serves the API until SIGINT or SIGTERM. Its address is the one line on stdout, so that a script can read it. */
export async function serve(port: number, connectorFiles: readonly string[]): Promise<number> {
  const served = await serveApi(readConfig(), { port, connectorFiles })
  process.stdout.write(`${served.url}\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await served.close()
  return EXIT.done
}
