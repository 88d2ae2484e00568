import { familyCpuMsOf } from '../test/built/stdio-process.js'

/** Who answers the calls of a measurement. */
export interface Contender {
  name: string
  /** Its process, whose CPU time is read, with that of the processes that it started. */
  pid: number
  /** One call. @throws when it fails */
  call(): Promise<unknown>
  end(): Promise<void>
}

/** What one contender did with so many calls in flight. */
export interface Figures {
  perSecond: number
  /** CPU time of a call, of all its processes, in microseconds. */
  cpuUs: number
  /** Rate of the first contender in the same rounds: above 1 is faster. */
  ofFirst: number
}

export interface Effort {
  /** How long all rounds of one contender take together, in seconds. */
  seconds: number
  rounds: number
}

/** The one in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Calls with so many in flight for some seconds. */
async function play({ call }: Contender, inFlight: number, seconds: number): Promise<{ calls: number; took: number }> {
  const started = performance.now()
  const until = started + seconds * 1000
  const loop = async () => {
    let calls = 0
    for (; performance.now() < until; calls++) await call()
    return calls
  }
  const calls = await Promise.all(Array.from({ length: inFlight }, loop))
  return { calls: calls.reduce((sum, value) => sum + value, 0), took: (performance.now() - started) / 1000 }
}

interface Round {
  perSecond: number
  cpuUs: number
}

async function playRound(contender: Contender, inFlight: number, seconds: number): Promise<Round> {
  const before = familyCpuMsOf(contender.pid)
  const { calls, took } = await play(contender, inFlight, seconds)
  return { perSecond: calls / took, cpuUs: ((familyCpuMsOf(contender.pid) - before) * 1000) / calls }
}

/** Calls after which the code of a contender is compiled: below some thousands, what is measured is mostly compiling. */
const WARM_UP = 6_000

/** Makes so many calls, sixteen at a time, before anything is measured. */
export async function warmUp({ call }: Contender): Promise<void> {
  let left = WARM_UP
  const loop = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: 16 }, loop))
}

/**
 * Plays contenders in turns, so that what else the machine does meets all of them. One more round comes first and is not counted.
 * @param contenders the first one is what the others are compared with, round by round
 * @returns medians of the rounds, in the order of the contenders
 */
export async function playInTurns(
  contenders: readonly Contender[],
  inFlight: number,
  { seconds, rounds }: Effort,
): Promise<Figures[]> {
  const played = contenders.map((): Round[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const result = await playRound(contender, inFlight, seconds / rounds)
      if (round > 0) played[index]?.push(result)
    }
  }
  const first = played[0] ?? []
  return played.map((all) => ({
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    cpuUs: median(all.map(({ cpuUs }) => cpuUs)),
    ofFirst: median(all.map(({ perSecond }, round) => perSecond / (first[round]?.perSecond ?? Number.NaN))),
  }))
}
