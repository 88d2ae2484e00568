import type { Difference } from './differences.js'

/** A difference from the published catalogue that is meant. */
export interface Deviation extends Difference {
  connector: string
  /** `*`: the connector itself, or any of its actions. */
  action: string
  reason: string
}

/** All of them. One that does not apply any more fails, and so does a difference that is not here. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    connector: 'github',
    action: '*',
    what: 'parameter issue_number: min 1, published none',
    reason: 'issues are counted from 1',
  },
  {
    connector: 'github',
    action: 'list_collaborators',
    what: 'parameter page: min 1, published none',
    reason: 'pages are counted from 1',
  },
  {
    connector: 'github',
    action: 'update_project_item',
    what: 'parameter fields: min_items 1, published none',
    reason: 'an empty list sets nothing',
  },
  {
    connector: 'github',
    action: 'update_project_item',
    what: 'parameter fields.value: type string | number | null, published string | integer | number | null',
    reason: 'an integer is a number',
  },
  ...[
    'default field commit.author.name is not published',
    'default field commit.author.date is not published',
    'default field commit.author is missing',
    'default field commit.committer is missing',
    'default field committer.login is missing',
  ].map((what) => ({
    connector: 'github',
    action: 'list_commits',
    what,
    reason:
      'mail addresses, and who committed what somebody else wrote, cost a quarter of the answer and are seldom asked for',
  })),
  ...['github_search_issue', 'github_search_pr'].flatMap((action) => [
    {
      connector: 'github',
      action,
      what: 'default field repository_url is missing',
      reason: 'html_url names the repository, too',
    },
    {
      connector: 'github',
      action,
      what: 'default field score is missing',
      reason: 'the order of the items says as much',
    },
  ]),
  {
    connector: 'github',
    action: '*',
    what: 'parameter pull_number: min 1, published none',
    reason: 'pull requests are counted from 1',
  },
  ...['list_issues', 'list_pull_requests'].flatMap((action) =>
    ['repository.owner', 'repository.name'].map((field) => ({
      connector: 'github',
      action,
      what: `default field ${field} is missing`,
      reason: 'the same for every item, and the caller has named it',
    })),
  ),
  ...[
    'default field parent_url is missing',
    'default field project_details.projects is missing',
    'default field project_details.projects.number is not published',
    'default field project_details.projects.title is not published',
  ].map((what) => ({
    connector: 'github',
    action: 'list_issues',
    what,
    reason: 'the numbers lead to the rest, and thirty items cost a tenth less',
  })),
  {
    connector: 'github',
    action: '*',
    what: 'parameter repositories: max_items 50, published none',
    reason: 'each of them takes requests of its own',
  },
  ...['github', 'google_drive'].map((connector) => ({
    connector,
    action: '*',
    what: 'parameter callback_urls: max_items 10, published none',
    reason: 'every action that works in the background posts to as many addresses at most',
  })),
  ...Object.entries({
    search_issues:
      'repository number title creator state url labels milestone comments assignee assignees created_at updated_at',
    search_pull_requests:
      'repository number title author state draft url labels milestone assignee assignees created_at merged_at updated_at',
    search_commits: 'sha message author_name author_date html_url repository pr_number pr_state',
    list_project_items:
      'id type title status content.number content.state content.url content.repository content.assignees content.labels updated_at field_values total_items summary_fields',
  }).flatMap(([action, fields]) =>
    fields.split(' ').map((field) => ({
      connector: 'github',
      action,
      what: `default field ${field} is not published`,
      reason: 'the published service hides it from models, and there may be thousands of items',
    })),
  ),
  ...Object.entries({
    'dexscreener get_token_profiles': 'chain_id token_address description links url',
    'dexscreener get_token_boosts': 'chain_id token_address amount total_amount description links url',
    'dexscreener get_top_token_boosts': 'chain_id token_address amount total_amount description links url',
    'github list_contributors': 'login name email contributions type html_url',
  }).flatMap(([name, fields]) => {
    const [connector = '', action = ''] = name.split(' ')
    return fields.split(' ').map((field) => ({
      ...{ connector, action, what: `default field ${field} is not published` },
      reason: 'the rest is addresses of pictures and of further requests, and a page of all members is cut',
    }))
  }),
  ...['get_project_item', 'update_project_item'].flatMap((action) =>
    [
      'default field content is missing',
      ...'number title state body html_url user.login assignees.login labels.name'
        .split(' ')
        .map((field) => `default field content.${field} is not published`),
    ].map((what) => ({
      ...{ connector: 'github', action, what },
      reason: 'a whole pull request with its two repositories is 5,000 tokens, and get_pull has it',
    })),
  ),
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter limit is not published',
    reason: 'an agent says how many rows it can use',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter timeout_ms is not published',
    reason: 'a statement that takes long is stopped in the database',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter query: max_length 1048576, published none',
    reason: 'what is read and bound has a limit',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter variables: type map<string | number | boolean | null | array<any> | object>, published object',
    reason: 'the same value, said more exactly: names of variables are data',
  },
  ...['list_tables', 'describe_table'].map((action) => ({
    connector: 'sql',
    action,
    what: 'it is not published',
    reason: 'what an agent asks a database first, which the published connector cannot say',
  })),
  {
    connector: 'google_drive',
    action: '*',
    what: 'hosts {"upload":"https://www.googleapis.com/upload/drive/v3","userinfo":"https://www.googleapis.com"}, published {"upload":"https://www.googleapis.com/upload/drive/v3"}',
    reason: 'linking asks Google whose account it is, which is not at an address of Drive',
  },
]
