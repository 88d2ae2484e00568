import { expect, test } from 'vitest'
import { SWEEP_INTERVAL } from '../../../src/base/sweeping.js'
import { githubConnector } from '../../../src/connectors/github/index.js'
