import { contractHash } from '../domain/contract.ts'
import type { Contract } from '../generated/prisma/client.ts'

/** What a contract tells beyond its columns. */
export const contractFields = {
  weeklyHours: ({ weeklyHoursHundredths }: Contract) => weeklyHoursHundredths / 100,
  contentHash: (contract: Contract) => contractHash(contract),
}
