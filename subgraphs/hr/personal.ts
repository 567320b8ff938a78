import type { PersonalFields } from '@steinmetz/kernel/audit'

/** What is sealed in the audit trail, and whose key seals it. */
export const personal: PersonalFields = {
  Employee: {
    fields: ['firstName', 'lastName', 'birthDate', 'email'],
    person: ({ id }) => String(id),
  },
}

/** What this domain records in the audit trail. */
export const audited = ['Employee', 'Contract', 'Department', 'OnboardingTask']
