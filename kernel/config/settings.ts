import { createPrivateKey, createPublicKey } from 'node:crypto'
import { z } from 'zod'

// The pieces configuration schemas are put together from. Each description completes "Set it to …".

/** A private Ed25519 key as a JWK (RFC 8037); `kid` names it in what it signs. */
export type PrivateJwk = PublicJwk & Readonly<{ d: string }>

/** A public Ed25519 key as a JWK (RFC 8037). */
export type PublicJwk = Readonly<{ kty: 'OKP'; crv: 'Ed25519'; kid: string; x: string }>

/** Public keys by which signatures are verified. */
export type PublicJwks = Readonly<{ keys: readonly PublicJwk[] }>

/** A whole number within bounds; the description tells the unit. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`))
    .describe(`a whole number from ${min} to ${max}`)

/** A TCP port; 0 asks the system for any free one. */
export const port = wholeNumber(0, 65535).describe('a port from 0 to 65535 (0: any free port)')

/** The address to listen on. */
export const host = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]+$/, 'is not an address')
  .describe('the address to listen on, such as 127.0.0.1')

/** A switch: true or false. */
export const flag = z
  .enum(['true', 'false'], 'is neither true nor false')
  .transform((value) => value === 'true')
  .describe('true or false')

/** How much is logged. */
export const logLevel = z
  .enum(['debug', 'info', 'warn', 'error', 'silent'], 'is not a log level')
  .describe('debug, info, warn, error or silent')

const urlOf = (protocols: readonly string[], wrong: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), wrong)

/** An http or https URL. */
export const httpUrl = urlOf(['http:', 'https:'], 'is not an http or https URL').describe(
  'a URL such as http://127.0.0.1:4010/graphql',
)

/** A PostgreSQL connection URL. */
export const postgresUrl = urlOf(['postgres:', 'postgresql:'], 'is not a PostgreSQL URL').describe(
  'a PostgreSQL URL such as postgresql://role:password@127.0.0.1:5432/database',
)

/** A value written as JSON, then read by `schema`. */
export const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        // JSON.parse quotes what it could not read, and that may be a secret.
        context.addIssue('is not JSON')
        return z.NEVER
      }
    })
    .pipe(schema)

/** A JSON object from names to values. */
export const jsonMap = <Schema extends z.ZodType>(schema: Schema) =>
  json(z.record(z.string(), schema, 'is not a JSON object')).describe('a JSON object such as {"name": …}')

/** A secret key of `bytes` bytes in base64. */
export const base64Key = (bytes: number) =>
  z
    .string()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === bytes, `is not ${bytes} bytes in base64`)
    .describe(`${bytes} random bytes in base64 (openssl rand -base64 ${bytes})`)

const publicJwk = z
  .object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: z.string().min(1), x: z.string() })
  .refine(isPublicKey, 'is not an Ed25519 key')

/** A private signing key. */
export const privateJwk = json(
  z
    .object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: z.string().min(1), x: z.string(), d: z.string() })
    .refine(isKeyPair, 'is not an Ed25519 key whose x belongs to its d'),
).describe('a private Ed25519 key as a JWK with a kid, in JSON')

/** Public keys for verification. A private key among them is a mistake that must not go unseen. */
export const publicJwks = json(
  z.object({
    keys: z
      .array(
        z
          .looseObject({})
          .refine((key) => !('d' in key), 'is a private key')
          .pipe(publicJwk),
      )
      .min(1, 'holds no key'),
  }),
).describe('a JWKS with public Ed25519 keys, each with a kid, in JSON')

function isPublicKey(key: PublicJwk): boolean {
  try {
    createPublicKey({ key, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

function isKeyPair(key: PrivateJwk): boolean {
  try {
    const derived = createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' })
    return derived.x === key.x
  } catch {
    return false
  }
}
