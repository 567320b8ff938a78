import type { ProcessFilter } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** The processes that meet a filter. */
export function meeting({
  definition,
  state,
  subjectId,
  startedSince,
  startedUntil,
}: ProcessFilter): Prisma.InstanceWhereInput {
  return {
    ...(definition && { definition }),
    ...(state && { state }),
    ...(subjectId && aboutSubject(subjectId)),
    createdAt: { ...(startedSince && { gte: startedSince }), ...(startedUntil && { lt: startedUntil }) },
  }
}

/** Processes about one thing, however many it has had. */
const aboutSubject = (id: string): Prisma.InstanceWhereInput => ({
  // Prisma hands `startsWith` on to LIKE as it is: what LIKE takes for a wildcard is marked as itself.
  OR: [{ correlation: id }, { correlation: { startsWith: `${id.replaceAll(/[\\%_]/g, String.raw`\$&`)}:` } }],
})
