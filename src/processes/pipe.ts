/** Where a process finds its pipe to the one that started it. */
export const PIPE = 3
