import { Secret } from '../../src/base/secret.js'
import type { Seed } from '../../src/mcp/session.js'

/** What a saved login of the user every fake service knows gives. */
export const SEED_ALICE = async (): Promise<Seed> => ({ identifier: 'alice', secret: new Secret('sk-user-alice') })
