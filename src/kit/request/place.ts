import type { Json } from '../../base/json.js'

/** One step of a place: a member, or the first item of a list. */
type Step = string | 0

const STEP = /^([\w@$][\w$@.-]*?)(\[0\])?$/

/** Where a parameter goes in a body: `q`, `parents[0]`, `user/id`. @throws Error for what is not a place */
export function placeOf(text: string): readonly Step[] {
  return text.split('/').flatMap((part): Step[] => {
    const [, name, list] = STEP.exec(part) ?? []
    if (name === undefined) throw new Error(`"${text}" is not a place in a body.`)
    return list === undefined ? [name] : [name, 0]
  })
}

/** Puts values into one object, each at its place. Later values do not remove earlier ones. */
export function assembled(values: Iterable<readonly [place: readonly Step[], value: Json]>): Record<string, Json> {
  const whole: Record<string, Json> = {}
  for (const [place, value] of values) putAt(whole, place, value)
  return whole
}

function putAt(whole: Record<string, Json>, place: readonly Step[], value: Json): void {
  let at = whole as Record<Step, Json>
  place.forEach((step, index) => {
    const next = place[index + 1]
    if (next === undefined) at[step] = value
    else {
      at[step] ??= next === 0 ? [] : {}
      at = at[step] as unknown as Record<Step, Json>
    }
  })
}
