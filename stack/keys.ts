import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { developmentKeySuffix } from '@steinmetz/kernel/config'
import type { Secrets } from './secrets.ts'

/** The keys the processes sign with and encrypt with, as they are handed over: in the environment's text. */
export type Keys = {
  gateway: string
  worker: string
  approvals: string
  /** Public keys of the gateway and the saga worker, by which a subgraph knows who asks. */
  internalJwks: string
  approvalsJwks: string
  personalData: string
}

const personalDataKeyBytes = 32

/** The keys of a data folder, made when it is first used; by the suffix production knows whom they are for. */
export async function openKeys(secrets: Secrets, suffix = developmentKeySuffix): Promise<Keys> {
  const signing = (service: string) => secrets.get(`${service} signing key`, () => newSigningKey(`${service}${suffix}`))
  const [gateway, worker, approvals, personalData] = await Promise.all([
    signing('gateway'),
    signing('saga-worker'),
    signing('approvals'),
    secrets.get('personal data key', () => randomBytes(personalDataKeyBytes).toString('base64')),
  ])
  return keysOf({ gateway, worker, approvals, personalData })
}

/** All keys, from those that are secret. */
export function keysOf(secret: Pick<Keys, 'gateway' | 'worker' | 'approvals' | 'personalData'>): Keys {
  const { gateway, worker, approvals } = secret
  return { ...secret, internalJwks: jwksOf([gateway, worker]), approvalsJwks: jwksOf([approvals]) }
}

/** The kid begins with the service's name, which a verifier checks, and ends with what production refuses. */
function newSigningKey(kid: string): string {
  return JSON.stringify({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid })
}

function jwksOf(privateKeys: readonly string[]): string {
  const keys = privateKeys.map((text) => {
    const { kty, crv, kid, x } = JSON.parse(text) as Record<string, string>
    return { kty, crv, kid, x }
  })
  return JSON.stringify({ keys })
}
