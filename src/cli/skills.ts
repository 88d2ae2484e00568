import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { asOperator } from '../app/operate.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { type OutputOptions, print, printJson, say } from './output.js'

/** Adds the text of a `SKILL.md` to a client. Its name and description are those of its front matter. */
export async function addSkill(file: string, { client, json }: OutputOptions & { client: string }): Promise<number> {
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`The file ${file} cannot be read; pass the path of an existing SKILL.md.`, { cause })
  })
  const name = frontMatter(content, 'name') ?? basename(dirname(resolve(file)))
  const description = frontMatter(content, 'description') ?? ''
  const { id } = await asOperator(loadConfig(), (operator) => operator.addSkill(client, { name, description, content }))
  say(`The skill ${name} was added to the client ${client}.`)
  if (json) printJson({ id, name, client })
  else print(id)
  return EXIT.done
}

/** One plain line of the front matter; `name` and `description` are always such. */
function frontMatter(content: string, field: 'name' | 'description'): string | undefined {
  const lines = /^---\n([\s\S]*?)\n---/.exec(content)?.[1]?.split('\n') ?? []
  const line = lines.find((text) => text.startsWith(`${field}:`))
  return line?.slice(field.length + 1).trim() || undefined
}
