/** The URIs of kept files, as a template of RFC 6570. */
export const FILE_URI = 'connectors-mcp://files/{handle}'

/** By which the person's program reads a kept file. */
export const fileUri = (handle: string): string => FILE_URI.replace('{handle}', () => encodeURIComponent(handle))
