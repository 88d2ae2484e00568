import type { Hono } from 'hono'
import type { Skill } from '../../service/index.js'
import { type ManagedSkill, type ManagedSkillDetail, ROUTE, skillPath } from '../../wire/index.js'
import { pageQuery, skillDownloadQuery } from '../../wire/requests/index.js'
import { jsonAnswer } from '../answers/json.js'
import { bearerToken } from '../authenticate.js'
import { readQuery } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { ownAddress } from '../own-address.js'
import { pageAnswer } from '../paging.js'

/** Stands for a malformed query: a wrong address, or one that was changed. */
const WRONG_TICKET = { expires: 0, signature: '' }

/** The tenant's managed skills, read-only. Only the bearer token is used here: the published SDK never sends the key. */
export function skillRoutes(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { service } = deps

  app.get(ROUTE.skills, async (c) => {
    const caller = await bearerToken(c, service)
    const page = readQuery(c, pageQuery)
    const { rows, total } = await service.skills.list(caller, page.limit, page.offset)
    return jsonAnswer(pageAnswer(rows.map(summary), total, page))
  })

  app.get('/api/skills/:id', async (c) => {
    const skill = await service.skills.get(await bearerToken(c, service), c.req.param('id'))
    const { expires, signature } = service.skills.ticket(skill)
    const address = new URL(`${await ownAddress(c, deps)}${skillPath(skill.id)}/download/${skill.clientId}`)
    address.search = new URLSearchParams({ expires: String(expires), signature }).toString()
    const data: ManagedSkillDetail = {
      ...summary(skill),
      frontmatter: null,
      download_url: address.href,
      content_sha256: service.skills.digest(skill),
      github_owner: null,
      github_repo: null,
      github_ref: null,
      github_path: null,
    }
    return jsonAnswer({ data, meta: null })
  })

  app.get('/api/skills/:id/download/:client', async (c) => {
    const ticket = skillDownloadQuery.safeParse(c.req.query()).data ?? WRONG_TICKET
    const skill = await service.skills.download(c.req.param('client'), c.req.param('id'), ticket)
    return c.body(skill.content, 200, {
      'content-type': 'text/markdown; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
  })
}

const summary = (skill: Skill): ManagedSkill => ({
  id: skill.id,
  client_id: skill.clientId,
  source_type: 'manual',
  name: skill.name,
  description: skill.description,
  github_url: null,
  created_at: new Date(skill.createdAt).toISOString(),
  updated_at: new Date(skill.updatedAt).toISOString(),
})
