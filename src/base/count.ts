/**
 * A number and what is counted: `1 user`, `2 users`.
 * @param one the word for one of them
 * @param many the word for any other number; that of one and an s by default
 */
export const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`
