import type { JsonSchema } from './schema.js'

/**
 * The JSON Schemas of the tools' arguments by name: `scripts/build.mjs` puts them here, because making them is a twentieth of a
 * start. Run from its source the server makes them with the first `tools/list`.
 */
export const SCHEMAS_OF_BUILD: Readonly<Record<string, JsonSchema>> = {}
