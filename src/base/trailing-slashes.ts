/** A path or an address without the slashes at its end, in linear time, unlike `/\/+$/`. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end--
  return text.slice(0, end)
}
