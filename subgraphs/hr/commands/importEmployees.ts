import { change, line } from '@steinmetz/kernel/command'
import { Refusal, refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, personChecks } from '../command.ts'
import { type Agreed, agree, contractHash, isoDate } from '../domain/contract.ts'
import { assertEmployable } from '../domain/employment.ts'
import { inColumn, type Mistake, type RosterRow, readRoster, refuseTable } from '../domain/roster.ts'
import { EmployeeDrafted } from '../events.ts'
import type { ImportEmployeesInput } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'

type Draft = { line: number; row: RosterRow; birthDate: Date; agreed: Agreed; departmentId: string }

/**
 * Drafts the employees of a table in one transaction: all of them, or none. A process hireEmployee begins with
 * each.
 *
 * Refuses: INVALID_INPUT, with every line that is wrong.
 */
export const importEmployees = command<ImportEmployeesInput, { rows: { line: number; employeeId: string }[] }>({
  name: 'importEmployees',
  scope: 'hr:write',

  async execute({ csv, content }, { tx, now, identity, newId }) {
    const { field, table } = tableOf({ csv, content })
    const read = readRoster(table)
    const known = await whatIsThere(
      tx,
      read.flatMap((entry) => ('row' in entry ? [entry.row] : [])),
    )
    const decided = read.map((entry) => ('row' in entry ? decide(entry, { ...known, today: now }) : entry))
    const mistakes = decided.filter((one) => 'mistake' in one)
    const [first, ...others] = decided.filter((one) => 'agreed' in one).map((draft) => ({ ...draft, id: newId() }))
    if (mistakes.length > 0 || !first) throw refuseTable(field, mistakes)

    const drafts = [first, ...others]
    const employees = await tx.employee.createManyAndReturn({
      data: drafts.map(({ id, row: { personnelNumber, firstName, lastName, email }, birthDate, departmentId }) => {
        return { id, personnelNumber, firstName, lastName, email, birthDate, departmentId, draftedAt: now }
      }),
    })
    const editor = identity.person
    const contracts = await tx.contract.createManyAndReturn({
      data: drafts.map(({ id, agreed }) => ({ id: newId(), employeeId: id, lastEditedBy: editor, ...agreed })),
    })
    const [created, ...more] = [
      ...employees.map((employee) => change('Employee', null, employee)),
      ...contracts.map((contract) => change('Contract', null, contract)),
    ]
    return {
      payload: { rows: drafts.map(({ line: at, id }) => ({ line: at, employeeId: id })) },
      changes: [created as NonNullable<typeof created>, ...more], // there is a first draft, so there is a first change
      events: drafts.map(({ id, agreed }) =>
        EmployeeDrafted({
          employeeId: id,
          startsOn: isoDate(agreed.startsOn),
          contractHash: contractHash(agreed),
          draftedBy: editor,
          lastEditedBy: editor,
        }),
      ),
    }
  },
})

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

function tableOf({ csv, content }: ImportEmployeesInput): { field: string; table: Uint8Array } {
  if (typeof csv === 'string' && typeof content !== 'string') return { field: 'csv', table: Buffer.from(csv) }
  if (typeof content !== 'string' || typeof csv === 'string')
    throw refuse('INVALID_INPUT', 'csv: give the table either here as text, or in content as Base64')
  const digits = content.replaceAll(/\s/g, '')
  if (!base64.test(digits)) throw refuse('INVALID_INPUT', "content: give the file's bytes in Base64")
  return { field: 'content', table: Buffer.from(digits, 'base64') }
}

type Known = { departments: ReadonlyMap<string, string>; taken: ReadonlySet<string> }

/** The departments that rows name, and those of their personnel numbers that are taken: two queries for all rows. */
async function whatIsThere(tx: PrismaClient, rows: readonly RosterRow[]): Promise<Known> {
  const names = [...new Set(rows.map(({ department }) => department))]
  const numbers = rows.map(({ personnelNumber }) => personnelNumber)
  const departments = await tx.department.findMany({ where: { name: { in: names } } })
  const namesakes = await tx.employee.findMany({
    where: { personnelNumber: { in: numbers } },
    select: { personnelNumber: true },
  })
  return {
    departments: new Map(departments.map(({ name, id }) => [name, id])),
    taken: new Set(namesakes.map(({ personnelNumber }) => personnelNumber)),
  }
}

const rowChecks = z.object({ ...personChecks, position: line(200) })

/** Decides a row as draftEmployee would, and says all that is wrong with it. */
function decide(
  { line: at, row }: { line: number; row: RosterRow },
  { departments, taken, today }: Known & { today: Date },
): Draft | Mistake {
  const issues = rowChecks.safeParse(row).error?.issues ?? []
  const mistakes = issues.map(({ path, message }) => inColumn(`${path.join('.')}: ${message}`))
  const departmentId = departments.get(row.department)
  if (!departmentId) mistakes.push('department: there is none of this name; create it first')
  if (taken.has(row.personnelNumber)) mistakes.push('personnel_number: it is taken')
  const birthDate = midnight(row.birthDate)
  try {
    const agreed = agree({
      position: row.position,
      startsOn: midnight(row.startsOn),
      endsOn: row.endsOn === null ? null : midnight(row.endsOn),
      weeklyHours: row.weeklyHours,
      monthlyGrossCents: BigInt(row.monthlyGrossCents),
    })
    assertEmployable({ birthDate, startsOn: agreed.startsOn, today })
    if (departmentId && mistakes.length === 0) return { line: at, row, birthDate, agreed, departmentId }
  } catch (refusal) {
    // Told with the line it belongs to, beside what else is wrong there.
    if (!(refusal instanceof Refusal)) throw refusal
    mistakes.push(inColumn(refusal.message))
  }
  return { line: at, mistake: mistakes.join('; ') }
}

const midnight = (day: string) => new Date(`${day}T00:00:00Z`)
