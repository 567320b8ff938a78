import { z } from 'zod'
import { developmentSettings } from './development.ts'
import type { Environment } from './environment.ts'

/** The environment does not say what the process needs. `problems` holds one sentence for each mistake. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`
    super(`The configuration has ${count}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the environment by a schema whose keys are the names of variables. A variable that is set to
 * nothing counts as not set. In production a setting for development is a mistake. Throws one ConfigError that names every mistake at once: the variable, what
 * is wrong with it, and what to set (the schema's description). It never repeats a value, as any of them
 * may be a secret.
 */
export function readConfig<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape>,
  env: Environment,
): z.output<z.ZodObject<Shape>> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const value = env[name]?.trim()
    if (value) given[name] = value
  }
  const read = schema.safeParse(given)
  const issues = read.error?.issues ?? []
  const sound = Object.entries(given).filter(([name]) => !issues.some(({ path }) => path[0] === name))
  const wrong = issues.map((issue) => problem(schema, given, issue))
  const problems = [...wrong, ...developmentSettings(env, Object.fromEntries(sound))]
  if (problems.length > 0) throw new ConfigError(problems)
  return read.data as z.output<z.ZodObject<Shape>>
}

function problem(schema: z.ZodObject, given: Record<string, string>, issue: z.core.$ZodIssue): string {
  const [name, ...inside] = issue.path.map(String)
  if (name === undefined) return `${issue.message}.`
  const place = inside.length > 0 ? `${name} (at ${inside.join('.')})` : name
  const wrong = name in given ? `${place}: ${lowerFirst(issue.message)}` : `${place} is not set`
  const description = descriptionOf(schema.shape[name])
  return description ? `${wrong}. Set it to ${description}.` : `${wrong}.`
}

/** The description of a schema, or of the one it wraps (a default, an optional). */
function descriptionOf(schema: unknown): string | undefined {
  let current = schema
  while (current instanceof z.ZodType) {
    if (current.description) return current.description
    const { innerType } = current.def as { innerType?: unknown }
    current = innerType
  }
  return undefined
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
