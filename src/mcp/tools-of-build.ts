import type { ListedTool } from './listed-tool.js'

/**
 * What `tools/list` says of each tool: `scripts/build.mjs` puts it here, so that a start loads no tool and makes no schema. Run from
 * its source the server loads the tools and asks them.
 */
export const TOOLS_OF_BUILD: readonly ListedTool[] | undefined = undefined
