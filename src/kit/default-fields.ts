/**
 * A list of fields, written as words with spaces or line breaks between them: as an array, each would take a line.
 * @example defaultFields: fieldPaths('id title user.login labels.name')
 */
export const fieldPaths = (text: string): string[] => text.trim().split(/\s+/)
