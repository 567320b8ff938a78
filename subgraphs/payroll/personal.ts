import type { PersonalFields } from '@steinmetz/kernel/audit'

/**
 * What is sealed in the audit trail, and whose key seals it. All of the tax data is: church tax tells a
 * person's religion (Art. 9 GDPR), tax class and allowances tell of spouse and children.
 */
export const personal: PersonalFields = {
  PayrollAccount: {
    fields: ['taxClass', 'taxId', 'childAllowanceHalves', 'churchTax', 'iban', 'accountHolder'],
    person: ({ employeeId }) => String(employeeId),
  },
}

/** What this domain records in the audit trail. */
export const audited = ['PayrollAccount']
