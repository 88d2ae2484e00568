/** The part of a tool's result that this reads. */
export interface ShownResult {
  content?: readonly { text?: string | undefined }[]
  structuredContent?: unknown
}

/** What a tool's result shows as data: the structured form, which failures have, else the JSON of its first text. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
export const shownIn = ({ content, structuredContent }: ShownResult): any =>
  structuredContent ?? JSON.parse(content?.[0]?.text ?? 'null')
