/** The commands that sentences name; any other mention of the program is left as it is. */
const NAMED = /\bconnectors-mcp (?=(?:auth|clients|export|help|import|keys|serve|skills|users)\b)/g

/**
 * One of our sentences with commands that can be typed on this machine: `connectors-mcp auth login` names the program
 * as it was started here.
 * @param command how it was started: `/usr/bin/node /path/to/main.js`
 */
export const typable = (sentence: string, command: string): string => sentence.replaceAll(NAMED, () => `${command} `)

/** A text as one word of a command line, in quotation marks if a shell needs them. */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (platform === 'win32') return /^[\w@%+=:,./\\~-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`
  return `'${text.replaceAll("'", `'\\''`)}'`
}
