/** The schemas of their actions, a JSON text for each connector, so that only the one asked for is parsed. */
export const SCHEMAS_OF_BUILD: Readonly<Record<string, string>> = {}
