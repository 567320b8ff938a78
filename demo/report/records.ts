import { z } from 'zod'
import type { Ask, Operation } from '../endpoint/endpoint.ts'
import { type List, pageOf, readAll } from '../endpoint/pages.ts'

/** An employee as the endpoint shows it to the auditor, with the payroll account that another domain holds. */
export type Employee = z.infer<typeof employeeSchema>
const employeeSchema = z.object({
  id: z.string(),
  personnelNumber: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  birthDate: z.string(),
  email: z.string().nullable(),
  department: z.object({ name: z.string() }),
  status: z.enum(['DRAFT', 'ACTIVE', 'WITHDRAWN']),
  withdrawnBecause: z.string().nullable(),
  contract: z.object({
    position: z.string(),
    startsOn: z.string(),
    endsOn: z.string().nullable(),
    weeklyHours: z.number(),
    monthlyGrossCents: z.coerce.number(),
  }),
  onboarding: z.array(z.object({ id: z.string() })),
  payrollAccount: z.object({ id: z.string(), status: z.enum(['OPEN', 'CLOSED']) }).nullable(),
})

export const employeeList: List<Employee> = {
  document: `query Employees($after: String) {
    employees(first: 100, after: $after) {
      edges { node {
        id personnelNumber firstName lastName birthDate email
        department { name }
        status withdrawnBecause
        contract { position startsOn endsOn weeklyHours monthlyGrossCents }
        onboarding { id }
        payrollAccount { id status }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('employees', employeeSchema),
}

const snapshot = z.record(z.string(), z.unknown()).nullable()

/** A row of the audit trail: who changed what, when, and what it was before and after. */
export type AuditRecord = z.infer<typeof recordSchema>
const recordSchema = z.object({
  id: z.string(),
  operation: z.string(),
  entity: z.string(),
  entityId: z.string(),
  before: snapshot,
  after: snapshot,
  command: z.string(),
  service: z.string(),
  person: z.string(),
  recordedAt: z.string(),
})

const changeList: List<AuditRecord> = {
  document: `query Changes($after: String, $operation: AuditOperation!, $since: DateTime) {
    auditRecords(first: 500, after: $after, filter: { operation: $operation, since: $since }) {
      edges { node { id operation entity entityId before after command service person recordedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('auditRecords', recordSchema),
}

/** Every change in the audit trail since a moment, oldest first. Who read what, which it holds too, is left out. */
export async function readChanges(ask: Ask, since?: Date): Promise<AuditRecord[]> {
  const variables = since ? { since: since.toISOString() } : {}
  const kinds = ['CREATE', 'UPDATE', 'DELETE'].map((operation) => readAll(ask, changeList, { ...variables, operation }))
  const all = (await Promise.all(kinds)).flat()
  return all.sort((a, b) => (a.id < b.id ? -1 : 1))
}

const changeCounts: Operation<Record<string, { totalCount: number }>> = {
  document: `query ChangeCounts {
    created: auditRecords(first: 1, filter: { operation: CREATE }) { totalCount }
    updated: auditRecords(first: 1, filter: { operation: UPDATE }) { totalCount }
    deleted: auditRecords(first: 1, filter: { operation: DELETE }) { totalCount }
  }`,
  data: z.record(z.string(), z.object({ totalCount: z.number() })),
}

/** How many changes the audit trail holds. */
export async function countChanges(ask: Ask): Promise<number> {
  const { data } = await ask(changeCounts)
  return Object.values(data).reduce((sum, { totalCount }) => sum + totalCount, 0)
}

/** The record of a draft, as sealed in the trail and as opened for who may see it. */
export type DraftRecord = z.infer<typeof draftRecordSchema>
const draftRecordSchema = z.object({ entityId: z.string(), after: snapshot, personnelAfter: snapshot })

/** How drafts of employees stand in the trail. That the auditor opens them is recorded in its turn. */
export const draftRecordList: List<DraftRecord> = {
  document: `query OpenedDrafts($after: String) {
    auditRecords(first: 100, after: $after, filter: { entity: "Employee", operation: CREATE }) {
      edges { node { entityId after personnelAfter } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('auditRecords', draftRecordSchema),
}
