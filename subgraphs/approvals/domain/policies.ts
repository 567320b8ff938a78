import { refuse } from '@steinmetz/kernel/errors'

/** What is decided by four eyes. A change of a policy is a new version; requests stay under theirs. */
export type Policy = {
  readonly name: string
  readonly version: number
  /** What it protects, for people. */
  readonly title: string
  /** Hours until those who may decide are reminded. */
  readonly remindsAfterHours: number
  /** Hours until those who decide what was left undecided may decide it too. */
  readonly escalatesAfterHours: number
  /** Hours until an undecided request expires. */
  readonly expiresAfterHours: number
}

const patience = { remindsAfterHours: 8, escalatesAfterHours: 24, expiresAfterHours: 14 * 24 }

export const policies: readonly Policy[] = [
  {
    name: 'employment-contract',
    version: 1,
    title: 'Arbeitsvertrag: Einstellung nach dem Vier-Augen-Prinzip',
    ...patience,
  },
  {
    // From which amount on, billing knows.
    name: 'invoice-above-limit',
    version: 1,
    title: 'Rechnung über 10.000 Euro netto: Ausstellung nach dem Vier-Augen-Prinzip',
    ...patience,
  },
]

/** The policy of a name, as it is now. Refuses APPROVAL_POLICY_NOT_FOUND. */
export function policyNamed(name: string): Policy {
  const policy = policies.find((one) => one.name === name)
  if (!policy) throw refuse('APPROVAL_POLICY_NOT_FOUND', `there is no approval policy named ${name}`)
  return policy
}
