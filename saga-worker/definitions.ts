import { deliverCorrection } from './sagas/deliverCorrection.ts'
import { deliverCorrection1 } from './sagas/former/deliverCorrection1.ts'
import { hireEmployee1 } from './sagas/former/hireEmployee1.ts'
import { issueInvoice1 } from './sagas/former/issueInvoice1.ts'
import { hireEmployee } from './sagas/hireEmployee.ts'
import { issueInvoice } from './sagas/issueInvoice.ts'

/**
 * Every process across domains, each version of each: the table of contents of the business. The newest of a name
 * stands first, and begins where there is none yet. A former version is a copy of its own, whole: what it shared with
 * its successor would change with that, under processes that are still at it.
 */
export const sagas = [
  ...[hireEmployee, hireEmployee1],
  ...[issueInvoice, issueInvoice1],
  ...[deliverCorrection, deliverCorrection1],
]

/** For each saga events as they begin it: what a new version's histories are recorded with. */
export const examples: Readonly<Record<string, readonly object[]>> = {
  hireEmployee: [
    {
      employeeId: '0199c000-0000-7000-8000-000000000001',
      startsOn: '2027-01-01',
      contractHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      draftedBy: 'a clerk',
      lastEditedBy: 'another clerk',
    },
  ],
  issueInvoice: [
    {
      invoiceId: '0199c000-0000-7000-8000-000000000002',
      round: 1,
      contentHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      requestedBy: 'a clerk',
      lastEditedBy: 'another clerk',
    },
  ],
  deliverCorrection: [
    {
      correctionId: '0199c000-0000-7000-8000-000000000003',
      kind: 'CANCELLATION',
      invoiceId: '0199c000-0000-7000-8000-000000000002',
      number: 'ST-2026-00001',
      issuedOn: '2026-11-23',
      netCents: '-10000',
      grossCents: '-11900',
    },
  ],
}
