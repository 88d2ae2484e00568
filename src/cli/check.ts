import { checkStore } from '../operator/check.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { type OutputOptions, printJson, say } from './output.js'

/** Checks the whole store, also where nothing makes that necessary. */
export async function check({ json }: OutputOptions): Promise<number> {
  const { file, size } = await checkStore(loadConfig())
  say(`The store ${file} is intact: ${(size / 1024 / 1024).toFixed(1)} MiB were read.`)
  if (json) printJson({ file, size })
  return EXIT.done
}
