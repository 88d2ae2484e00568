import type { ProofData } from '../data.js'

const data: ProofData = {
  exceptions: ['page', 'per_page'].map((parameter) => ({
    action: 'list_issues_comments',
    fault: `the parameter ${parameter} changes nothing that leaves`,
    reason: 'all comments are fetched, filtered and ordered, and the page is cut here',
  })),
  long: { github_search_issue: 96, list_issues_comments: 89 },
}

export default data
