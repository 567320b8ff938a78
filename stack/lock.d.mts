/** Who holds a lock: a process, and what it does meanwhile, in words. */
export type LockHolder = { pid: number; purpose: string }

export declare function processBirth(pid: number): string | undefined
export declare function tryLock(path: string, purpose: string): { release(): void } | { holder: LockHolder }
