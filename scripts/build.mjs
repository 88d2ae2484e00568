// Bundles src into dist: one small file to start from, and a chunk for everything that a start does not need.
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { build } from 'esbuild'
import { tsImport } from 'tsx/esm/api'

// The workers are files of their own: a statement that runs away ends with its process, and so does a driver or a document.
const entryPoints = [
  { in: 'src/main.ts', out: 'main' },
  { in: 'src/index.ts', out: 'index' },
  { in: 'src/database/sqlite/worker.ts', out: 'sqlite-worker' },
  { in: 'src/store/sqlite/check-worker.ts', out: 'store-check-worker' },
]
const databaseWorker = [{ in: 'src/database/confined/worker.ts', out: 'database-worker' }]
const documentWorker = [{ in: 'src/documents/worker.ts', out: 'document-worker' }]

/** Zod brings every language's error messages along (260 kB); ours are English. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

/** The JSON Schemas of the tools' arguments, so that no start has to make them. */
const madeSchemas = {
  name: 'made-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /mcp[\\/]schemas-of-build\.ts$/ }, async () => {
      const load = (file) => tsImport(`../src/mcp/${file}`, import.meta.url)
      const [{ TOOLS }, { inputSchemaOf }] = await Promise.all([load('tools/index.ts'), load('schema.ts')])
      const schemas = Object.fromEntries(TOOLS.map((tool) => [tool.name, inputSchemaOf(tool)]))
      return { contents: `export const SCHEMAS_OF_BUILD = ${JSON.stringify(schemas)}` }
    })
  },
}

/** What is shown of the packaged connectors before they are used, so that none has to be loaded for that. */
const connectorIndex = {
  name: 'connector-index',
  setup({ onLoad }) {
    onLoad({ filter: /connectors[\\/]of-build[\\/]summaries\.ts$/ }, async () => {
      const summaries = await noteConnectors(({ summaryOf }, connector) => summaryOf(connector))
      return { contents: `export const SUMMARIES_OF_BUILD = ${asText(summaries)}` }
    })
    onLoad({ filter: /connectors[\\/]of-build[\\/]schemas\.ts$/ }, async () => {
      const schemas = await noteConnectors(({ schemasOf }, connector) => JSON.stringify(schemasOf(connector)))
      return { contents: `export const SCHEMAS_OF_BUILD = ${JSON.stringify(schemas)}` }
    })
  },
}

/** Something of each packaged connector, by name. */
async function noteConnectors(note) {
  const load = (file) => tsImport(`../src/${file}`, import.meta.url)
  const [{ packagedConnectors }, kit] = await Promise.all([load('connectors/index.ts'), load('kit/summary.ts')])
  const noted = packagedConnectors.map(async (entry) => [entry.name, note(kit, await entry.load())])
  return Object.fromEntries(await Promise.all(noted))
}

/** JSON in quotation marks: parsing that is faster than parsing an object literal, and happens on first use. */
const asText = (value) => JSON.stringify(JSON.stringify(value))

rmSync('dist', { recursive: true, force: true })
const options = {
  bundle: true,
  splitting: true,
  minifyWhitespace: true,
  minifySyntax: true,
  // Names stay: stack traces in a log must name our functions, and esbuild's keepNames costs time at every closure.
  minifyIdentifiers: false,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outdir: 'dist',
  chunkNames: '[name]-[hash]',
  // Native, or asked for by a driver only if somebody installed it.
  external: ['libsql', '@photostructure/sqlite', 'pg-native', 'pg-cloudflare'],
  // CommonJS packages inside the bundle call require() for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
}
await build({ ...options, entryPoints, plugins: [englishOnly, madeSchemas, connectorIndex] })
await build({ ...options, entryPoints: databaseWorker })
await build({ ...options, entryPoints: documentWorker })
chmodSync('dist/main.js', 0o755)
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' })
