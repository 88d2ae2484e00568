// Bundles src into dist: one small file to start from, and a chunk for everything that a start does not need.
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { tsImport } from 'tsx/esm/api'

// The workers are files of their own: a statement that runs away ends with its process, and so does a driver or a document.
const entryPoints = [
  { in: 'src/main.ts', out: 'main' },
  { in: 'src/index.ts', out: 'index' },
]
/** What `main` loads first to serve an agent over stdio. */
const START = 'src/cli/stdio.ts'
const sqliteWorker = [{ in: 'src/database/sqlite/worker.ts', out: 'sqlite-worker' }]
const storeCheckWorker = [{ in: 'src/store/sqlite/check-worker.ts', out: 'store-check-worker' }]
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

/**
 * The SDK brings a JSON Schema validator along (a quarter of what a start would load) for forms that it asks a person to fill in. The
 * server asks for none, only for pages to be opened, and checks arguments by zod.
 */
const withoutFormValidator = {
  name: 'without-form-validator',
  setup({ onLoad }) {
    onLoad({ filter: /@modelcontextprotocol[\\/]server[\\/]dist[\\/]shimsNode\.mjs$/ }, () => ({
      contents: `export { default as process } from 'node:process'
        export class DefaultJsonSchemaValidator {
          getValidator() { throw new Error('This build has no validator of JSON Schemas; see scripts/build.mjs.') }
        }`,
    }))
  },
}

/**
 * Node's own modules by require, and of each what is used of it: an import reads every export, and so loads what Node would load on first
 * use, the whole of Web Crypto for one. What no module of ours names is left out by esbuild, since reading it is marked as pure.
 */
const requiredBuiltins = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'required-builtin' },
    )
    onLoad({ filter: /.*/, namespace: 'required-builtin' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name) && name !== 'default')
      const members = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})()`)
      return {
        contents: [`const builtin = require('${path}')`, 'export default builtin', ...members].join('\n'),
      }
    })
  },
}

/**
 * Keeps what a start loads in one file: esbuild makes a chunk for each group of modules that the same entries share, two dozen small ones
 * here, and each file costs a quarter of a millisecond. What is loaded later names the start, so that all of it has the same entries.
 * @param first the module that is loaded first
 * @param later what is loaded on demand after it
 */
const startInOneChunk = (first, later) => ({
  name: 'start-in-one-chunk',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) =>
      later.has(relative('.', path))
        ? { contents: `import ${JSON.stringify(resolve(first))}\n${readFileSync(path, 'utf8')}`, loader: 'ts' }
        : undefined,
    )
  },
})

/** Our own modules that some module loads on demand. */
function loadedOnDemand({ inputs }) {
  const imports = Object.values(inputs).flatMap((input) => input.imports)
  const dynamic = imports.filter(({ kind, external }) => kind === 'dynamic-import' && !external)
  return new Set(dynamic.map(({ path }) => path).filter((path) => path.startsWith('src/')))
}

/** What is listed of the tools, so that no start has to load them. */
const listedTools = {
  name: 'listed-tools',
  setup({ onLoad }) {
    onLoad({ filter: /mcp[\\/]tools-of-build\.ts$/ }, async () => {
      const { listTools } = await tsImport('../src/mcp/tools/listing.ts', import.meta.url)
      return { contents: `export const TOOLS_OF_BUILD = ${JSON.stringify(listTools())}` }
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
const plugins = [requiredBuiltins, englishOnly, withoutFormValidator, listedTools, connectorIndex]
const { metafile } = await build({ ...options, entryPoints, plugins, write: false, metafile: true })
const later = loadedOnDemand(metafile)
later.delete(START)
await build({ ...options, entryPoints, plugins: [...plugins, startInOneChunk(START, later)] })
await build({ ...options, entryPoints: sqliteWorker })
await build({ ...options, entryPoints: storeCheckWorker })
await build({ ...options, entryPoints: databaseWorker })
await build({ ...options, entryPoints: documentWorker })
chmodSync('dist/main.js', 0o755)
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' })
