/**
 * The summaries of the packaged connectors by name, as JSON text: `scripts/build.mjs` puts them here. Run from its source
 * the service loads a connector to describe it.
 */
export const SUMMARIES_OF_BUILD: string = '{}'
