import type { Environment } from './environment.ts'

/** What the names of keys end with that were made for one machine, such as those of `npm start`. */
export const developmentKeySuffix = '-development'

const guessable = new Set(['', 'postgres', 'password', 'secret', 'changeme', 'admin', 'test'])

/**
 * The settings among those given that are for development alone: one sentence each, without the value. Where
 * NODE_ENV says nothing it is production, so that nobody forgets to say so.
 */
export function developmentSettings(env: Environment, given: Readonly<Record<string, string>>): string[] {
  if ((env.NODE_ENV?.trim() || 'production') !== 'production') return []
  return Object.entries(given).flatMap(([name, value]) => {
    if (isDevelopmentKey(value)) return [`${name}: is a key made for development. Make one for this installation.`]
    if (isConstant(name, value)) return [`${name}: is no random key. Set it to random bytes (openssl rand -base64 32).`]
    const password = passwordIn(value)
    if (password !== undefined && guessable.has(password))
      return [`${name}: its password is missing or easily guessed. Give the role a password of its own.`]
    return []
  })
}

const isDevelopmentKey = (value: string) => new RegExp(`"kid"\\s*:\\s*"[^"]*${developmentKeySuffix}"`).test(value)

function isConstant(name: string, value: string): boolean {
  if (!name.endsWith('_KEY') || value.startsWith('{')) return false
  return new Set(Buffer.from(value, 'base64')).size < 8
}

/** The password of a database or queue URL; undefined for anything else. */
function passwordIn(value: string): string | undefined {
  if (!/^(postgres(ql)?|amqps?):/.test(value) || !URL.canParse(value)) return undefined
  const { username, password } = new URL(value)
  return decodeURIComponent(password) === decodeURIComponent(username) ? '' : decodeURIComponent(password)
}
