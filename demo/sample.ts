// Makes the sample database of the README, and says what to ask the agent: npm run sample
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { makeShop } from './shops.js'

/** npm runs scripts in the project's folder; a path is meant from the folder in which the person typed it. */
const typedIn = process.env.INIT_CWD ?? process.cwd()
const [given] = process.argv.slice(2)
const file = given === undefined ? resolve(import.meta.dirname, '../shop.db') : resolve(typedIn, given)

try {
  const isThere = existsSync(file)
  if (!isThere) makeShop('berlin', file)
  process.stdout.write(`The sample database ${isThere ? 'is there already' : 'is made'}: ${file}
It holds what a bookshop sold in September 2026. Ask your agent:

  Link my database, the SQLite file ${file}, as "shop", and tell me which book sells best.
`)
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `The sample database ${file} cannot be made (${why}); choose another path: npm run sample -- PATH\n`,
  )
  process.exitCode = 1
}
