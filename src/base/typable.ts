/** The commands that sentences name, so that a plain mention of the program is left as it is. */
const NAMED = /\bconnectors-mcp (?=(?:auth|clients|export|help|import|keys|serve|skills|users)\b)/g

/**
 * A sentence of ours as it can be typed on this machine: where it says `connectors-mcp auth login`, the program is named
 * as it was started here.
 * @param command how it was started: `/usr/bin/node /path/to/main.js`
 */
export const typable = (sentence: string, command: string): string => sentence.replaceAll(NAMED, () => `${command} `)

/** A text as one word of a command line: as it is where a shell leaves it alone, otherwise in quotation marks. */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (platform === 'win32') return /^[\w@%+=:,./\\~-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`
  return `'${text.replaceAll("'", `'\\''`)}'`
}
