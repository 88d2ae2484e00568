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

/** The JSON Schemas of the tools, so that no start has to make them. */
const madeSchemas = {
  name: 'made-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /mcp[\\/]schemas-of-build\.ts$/ }, async () => {
      const load = (file) => tsImport(`../src/mcp/${file}`, import.meta.url)
      const [{ TOOLS }, { toolSchemas }] = await Promise.all([load('tools/index.ts'), load('schema.ts')])
      const schemas = Object.fromEntries(TOOLS.map((tool) => [tool.name, toolSchemas(tool)]))
      return { contents: `export const SCHEMAS_OF_BUILD = ${JSON.stringify(schemas)}` }
    })
  },
}

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
await build({ ...options, entryPoints, plugins: [englishOnly, madeSchemas] })
await build({ ...options, entryPoints: databaseWorker })
await build({ ...options, entryPoints: documentWorker })
chmodSync('dist/main.js', 0o755)
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' })
