import { ConnectorsError } from '../../base/errors.js'
import { randomToken } from '../../base/random.js'
import type { KeptKind } from '../../store/kept-rows.js'

/** Random bytes of a handle: 144 bits, which are 24 characters. */
const RANDOM_BYTES = 18
const HANDLES: Readonly<Record<KeptKind, RegExp>> = {
  file: /^file_[A-Za-z0-9_-]{22,64}$/,
  result: /^result_[A-Za-z0-9_-]{22,64}$/,
}

/** A handle that no other thing has and that cannot be guessed. */
export const newHandle = (kind: KeptKind): string => `${kind}_${randomToken(RANDOM_BYTES)}`

/** Whether it has the form of a handle of that kind; proves nothing. */
export const isHandle = (kind: KeptKind, text: string): boolean => HANDLES[kind].test(text)

/** The one error for a handle that leads to nothing, whatever the reason: it must not say what others have. */
export const notKept = (kind: KeptKind): ConnectorsError =>
  new ConnectorsError(
    'NOT_FOUND',
    `No ${kind} is kept under that handle: it has expired, made room for newer ones, or is another user's. Make the call again that made it.`,
  )
