import type { Prisma } from '../generated/prisma/client.ts'

/** The code of what went wrong. The engine keeps a message beside it, which is for its log. */
export function codeOf(trouble: Prisma.JsonValue): string | null {
  if (typeof trouble !== 'object' || trouble === null || Array.isArray(trouble)) return null
  return typeof trouble.code === 'string' ? trouble.code : null
}
