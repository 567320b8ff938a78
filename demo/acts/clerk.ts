import { z } from 'zod'
import type { Ask, Operation } from '../endpoint/endpoint.ts'
import type { Mistake, Row } from '../roster/roster.ts'
import { inParallel } from './inParallel.ts'
import { fingerprint, mutate, mutations, type Refusal, type Tally } from './mutations.ts'

/** A row of the file and the employee the platform has for it. */
export type Drafted = { row: Row; employeeId: string }

export type Drafting = { drafted: Drafted[]; refused: Mistake[] }

const draftsAtOnce = 4
const departmentsOperation: Operation<{ departments: { id: string; name: string }[] }> = {
  document: 'query Departments { departments { id name } }',
  data: z.object({ departments: z.array(z.object({ id: z.string(), name: z.string() })) }),
}

/**
 * The clerk creates the departments that the rows name and drafts every employee. Keys are made from the
 * rows alone: whatever an earlier run has done, also one that was killed, is answered and not done again.
 * `onFirst` is told the first employee that was accepted, in the order of the file, or that there is none.
 */
export async function draftEmployees(
  ask: Ask,
  rows: readonly Row[],
  {
    tally,
    onFirst,
    onProgress,
  }: { tally: Tally; onFirst: (employeeId: string | undefined) => void; onProgress: (what: string) => void },
): Promise<Drafting> {
  const names = [...new Set(rows.map(({ department }) => department))]
  const departments = await createDepartments(ask, names, tally)
  onProgress(`${names.length} departments`)

  const drafting: Drafting = { drafted: [], refused: [] }
  const draftRow = async (row: Row) => {
    const outcome = await draft(ask, row, departments.get(row.department), tally)
    const who = `${row.personnelNumber} ${row.firstName} ${row.lastName}`
    if ('employeeId' in outcome) {
      drafting.drafted.push({ row, employeeId: outcome.employeeId })
      const done = `${drafting.drafted.length} of ${rows.length}`
      onProgress(`${outcome.replayed ? 'drafted before' : 'drafted'} ${done}: ${who}`)
    } else {
      drafting.refused.push({ line: row.line, reason: `refused with ${outcome.code}: ${outcome.message}` })
      onProgress(`refused ${who}: ${outcome.code}`)
    }
    return 'employeeId' in outcome
  }
  // One by one until somebody is drafted, so that every run finds the same first one.
  let next = 0
  for (let found = false; next < rows.length && !found; next++) found = await draftRow(rows[next] as Row)
  onFirst(drafting.drafted[0]?.employeeId)
  await inParallel(rows.slice(next), draftsAtOnce, draftRow)

  drafting.drafted.sort((a, b) => a.row.line - b.row.line)
  drafting.refused.sort((a, b) => a.line - b.line)
  return drafting
}

type Department = { id: string } | Refusal

async function createDepartments(ask: Ask, names: string[], tally: Tally): Promise<Map<string, Department>> {
  const departments = new Map<string, Department>()
  for (const name of names) {
    const key = `demo:department:${fingerprint(name)}`
    const result = await mutate(ask, mutations.createDepartment, { key, input: { name }, tally })
    if ('payload' in result) departments.set(name, result.payload.department)
    else departments.set(name, (await departmentNamed(ask, name)) ?? result.refusal)
  }
  return departments
}

/** Somebody else may have created it, in GraphiQL for instance. */
async function departmentNamed(ask: Ask, name: string): Promise<{ id: string } | undefined> {
  const { data } = await ask(departmentsOperation)
  return data.departments.find((department) => department.name === name)
}

async function draft(
  ask: Ask,
  row: Row,
  department: Department | undefined,
  tally: Tally,
): Promise<{ employeeId: string; replayed: boolean } | Refusal> {
  if (!department || 'code' in department)
    return department ?? { code: 'DEPARTMENT_NOT_FOUND', message: row.department }
  const { line: _, department: __, position, startsOn, endsOn, weeklyHours, monthlyGrossCents, ...person } = row
  const contract = { position, startsOn, endsOn, weeklyHours, monthlyGrossCents }
  const result = await mutate(ask, mutations.draftEmployee, {
    key: draftKey(row),
    input: { ...person, departmentId: department.id, contract },
    tally,
  })
  if ('refusal' in result) return result.refusal
  return { employeeId: result.payload.employee.id, replayed: result.replayed }
}

/** Any other content of the row is another request; the line it stands on does not matter. */
function draftKey({ line: _, ...row }: Row): string {
  const number = /^[\w-]{1,20}$/.test(row.personnelNumber) ? row.personnelNumber : 'row'
  return `demo:${number}:${fingerprint(row)}`
}
