import type { Figures } from './measure.js'

/** What the ratio to the first contender should be, with as many in flight. */
export type Aims = Readonly<Record<number, string>>

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const NAME = 34

/** A heading and what its columns are. */
export function printHeading(title: string, inFlight: readonly number[], first: string): void {
  print('')
  print(title.padEnd(NAME) + inFlight.map((count) => `${count} in flight`.padStart(32)).join(''))
  print(
    ''.padEnd(NAME) +
      inFlight.map(() => `calls/s${`of ${first}`.padStart(13)}${'CPU us'.padStart(9)}`.padStart(32)).join(''),
  )
}

/** One contender: rate, ratio to the first one, CPU of a call, for each number in flight; the aim stands behind. */
export function printFigures(name: string, figures: readonly Figures[], aim = ''): void {
  const cells = figures.map(({ perSecond, ofFirst, cpuUs }) =>
    `${perSecond.toFixed(0)}${ofFirst.toFixed(2).padStart(13)}${cpuUs.toFixed(0).padStart(9)}`.padStart(32),
  )
  print(`  ${name}`.padEnd(NAME) + cells.join('') + (aim && `   aim ${aim}`))
}

/** A heading of measurements of two. */
export function printPairHeading(title: string, ours: string): void {
  print('')
  print(`${title.padEnd(NAME)}${ours.padStart(10)}${'bare'.padStart(10)}${'ratio'.padStart(9)}`)
}

/** A measurement of two, ours beside the bare server's. */
export function printPair(what: string, [ours, bare]: readonly [number, number], unit: string, aim = ''): void {
  const cells = [ours.toFixed(0).padStart(10), bare.toFixed(0).padStart(10), (ours / bare).toFixed(2).padStart(9)]
  print(`${`  ${what}`.padEnd(NAME)}${cells.join('')}  ${unit}${aim && `, aim ${aim}`}`)
}
