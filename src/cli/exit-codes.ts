/** 0 done, 1 failed, 2 not logged in or login refused, 3 usage: as the published CLI has them. */
export const EXIT = { done: 0, failed: 1, notLoggedIn: 2, usage: 3 } as const
