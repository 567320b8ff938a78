import { type DatabaseSpec, databases } from '../databases.ts'

/** The platform's databases, and `kernel`: nothing but the kernel's tables, for the kernel's own tests. */
export const testSpecs: readonly DatabaseSpec[] = [
  ...databases,
  { name: 'kernel', roles: ['owner', 'service', 'relay'], changelogs: ['kernel'] },
]

export function testSpec(name: string): DatabaseSpec {
  const spec = testSpecs.find((one) => one.name === name)
  if (!spec) throw new Error(`there is no database ${name}; there are ${testSpecs.map((one) => one.name).join(', ')}`)
  return spec
}
