/** How a vendor writes a name that is snake_case in our parameters and answers. Undefined: the member is left out. */
export type Spelling = (name: string) => string | undefined

/**
 * `page_size` becomes `pageSize`. Names that are spelled so already stay as they are, and so do characters that are not a
 * letter or digit behind an underscore (`$top`, `@odata.type`).
 */
export const camelCase = (name: string): string =>
  name.replaceAll(/(?<=[^_])_+([a-z0-9])/g, (_, after: string) => after.toUpperCase())

/**
 * `pageSize` becomes `page_size`, `iCalUID` `i_cal_uid`: the rule by which the published service spells the keys of its
 * answers, whatever the vendor calls them.
 */
export const snakeCase = (name: string): string =>
  name
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
