import type { ProofData } from '../data.js'

const NEWER = 'newer than the description of 2021'

const data: ProofData = {
  exceptions: [
    ...['team_id', 'include_all_metadata', 'cursor'].map((name) => ({
      action: '*',
      fault: `{"additionalProperty":"${name}"}`,
      reason: NEWER,
    })),
    { action: 'conversations_open', fault: '/requestBody/prevent_creation is not', reason: NEWER },
    ...['ts', 'latest', 'oldest'].map((name) => ({
      action: '*',
      fault: `/query/${name} must be number`,
      reason: 'a time of Slack is a text, 1712345678.000100, which a number would round',
    })),
  ],
}

export default data
