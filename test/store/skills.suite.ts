import { describe, expect } from 'vitest'
import { type NewStore, newSkill, sceneTest } from './scene.js'

export function skillsSuite(newStore: NewStore): void {
  describe('skills', () => {
    const scene = sceneTest(newStore)

    scene('a skill is read back as it was inserted', async ({ store, mine }) => {
      const skill = newSkill(mine.client.id, { name: 'big', content: `${'# 東京\n'.repeat(50_000)}' -- "` })
      expect(await store.skills.insert(skill)).toBe(true)
      expect(await store.skills.find(mine.client.id, skill.id)).toEqual(skill)
    })

    scene('the name of a skill is unique within its client only', async ({ store, mine, theirs }) => {
      expect(mine.skill.name).toBe(theirs.skill.name)
      expect(await store.skills.insert(newSkill(mine.client.id))).toBe(false)
      expect(await store.skills.insert(newSkill(mine.client.id, { id: theirs.skill.id, name: 'x' }))).toBe(false)
      expect(await store.skills.list(mine.client.id, 10, 0)).toEqual({ rows: [mine.skill], total: 1 })
    })

    scene('a skill is found only for its own client', async ({ store, mine, theirs }) => {
      expect(await store.skills.find(mine.client.id, theirs.skill.id)).toBeUndefined()
      expect(await store.skills.find(theirs.client.id, mine.skill.id)).toBeUndefined()
      expect(await store.skills.find(mine.client.id, 'nothing')).toBeUndefined()
      expect(await store.skills.find(mine.client.id, mine.skill.id)).toEqual(mine.skill)
    })

    scene('the pages of skills, sorted by name, contain each skill once', async ({ store, mine }) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f', mine.skill.name]
      for (const name of ['d', 'a', 'f', 'c', 'e', 'b']) await store.skills.insert(newSkill(mine.client.id, { name }))
      for (const limit of [1, 2, 3, 7, 200]) {
        const listed: string[] = []
        for (let offset = 0; offset < names.length; offset += limit) {
          const { rows, total } = await store.skills.list(mine.client.id, limit, offset)
          expect(total).toBe(7)
          listed.push(...rows.map(({ name }) => name))
        }
        expect(listed).toEqual(names)
      }
      expect(await store.skills.list(mine.client.id, 10, 7)).toEqual({ rows: [], total: 7 })
      expect(await store.skills.list('nobody', 10, 0)).toEqual({ rows: [], total: 0 })
    })
  })
}
