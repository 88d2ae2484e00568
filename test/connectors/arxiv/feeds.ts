import { existsSync, readFileSync } from 'node:fs'

const RECORDINGS = new URL('../../../../shared/counterparts/recordings/arxiv/', import.meta.url)

/** Whether answers of arXiv that others have recorded are on this machine. */
export const recorded = existsSync(RECORDINGS)
if (!recorded)
  process.stderr.write('arxiv: the recorded feeds are not at hand; the feeds of the test alone are read.\n')

/** A recorded answer. @param name of its file, without the ending */
export function recording(name: string): { url: URL; status: number; text: string } {
  const { url, status_code, body } = JSON.parse(readFileSync(new URL(`${name}.json`, RECORDINGS), 'utf8'))
  return { url: new URL(url), status: status_code, text: body }
}

/** A feed of the API. */
export const feedOf = (
  entries: readonly string[],
  total = entries.length,
): string => `<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <title>arXiv Query</title>
  <opensearch:totalResults>${total}</opensearch:totalResults>
  ${entries.join('\n')}
</feed>`

export const entryOf = (id: string, more = ''): string =>
  `<entry><id>http://arxiv.org/abs/${id}</id><title>Paper\n  ${id}</title>${more}</entry>`

/** How the API words a refusal. */
export const refusalOf = (words: string): string =>
  feedOf([
    `<entry><id>https://arxiv.org/api/errors#it</id><title>Error</title><summary>${words}</summary><author><name>arXiv api core</name></author></entry>`,
  ])

/** A feed of a day. @see https://info.arxiv.org/help/rss_specifications.html */
export const dayOf = (entries: readonly string[]): string => `<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">
  <id>http://rss.arxiv.org/atom/math.OC</id>
  <title>math.OC updates on arXiv.org</title>
  ${entries.join('\n')}
</feed>`
