import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type DemoProcess, startDemo } from '../demoProcess.ts'
import { type OwnFolder, ownFolder } from '../platform.ts'

let folder: OwnFolder
let running: DemoProcess | undefined

beforeEach(async () => {
  folder = await ownFolder('hires-what-it-can')
})
afterEach(async () => {
  await running?.kill()
  await folder.remove()
})

/** Runs the demo with a file of these bytes to its end, and gives what it printed. */
async function hire(file: Uint8Array) {
  const employees = join(folder.path, 'employees.csv')
  await writeFile(employees, file)
  running = startDemo({ dataDir: folder.path, employees })
  return { code: await running.ended, output: running.output() }
}

const head =
  'personnel_number,first_name,last_name,birth_date,department,position,starts_on,weekly_hours,monthly_gross_eur'
const rest = 'Versand,Packer,2027-01-01,38.5,2850.00'

it('reports each bad row with its line and reason, hires the others, and exits 1', async () => {
  const lines = [
    head,
    `Z-1,Zoë,Groß,1990-07-23,${rest}`,
    `Z-2,,Namenlos,1990-07-23,${rest}`,
    `Z-3,Jan,Schalttag,1990-02-29,${rest}`,
    `Z-1,Jan,Doppelt,1990-07-23,${rest}`,
    `Z-4,Jan,Ungeboren,2090-07-23,${rest}`,
    `Z-5,Zoë,Latin,1990-07-23,${rest}`,
    `Z-6,Änne,Weiß,1990-07-23,${rest}`,
  ]
  const file = Buffer.concat(lines.map((line, index) => Buffer.from(`${line}\n`, index === 6 ? 'latin1' : 'utf8')))
  const { code, output } = await hire(file)
  expect(code, output).toBe(1)
  expect(output).toContain('Not hired from')
  const reported = output.slice(output.indexOf('Not hired from'))
  expect(reported).toMatch(/ 3 {2}first_name is missing\n/)
  expect(reported).toMatch(/ 4 {2}birth_date “1990-02-29” is a day that does not exist\n/)
  expect(reported).toMatch(/ 5 {2}personnel_number Z-1 stands on line 2 already\n/)
  expect(reported).toMatch(/ 6 {2}refused with INVALID_INPUT: birthDate: give a day in the past\n/)
  expect(reported).toMatch(/ 7 {2}the line is not UTF-8; read as Windows-1252 it says “Z-5,Zoë,Latin/)
  expect(output).toMatch(/employees of the file, active +2\n/)
  expect(output).toMatch(/Z-6 +Änne Weiß .* ACTIVE +COMPLETED +OPEN/)
  expect(output).not.toContain('✗')

  // The row that was refused for its number is put right, and one that is hired is changed: that needs a correction.
  const second = await hire(
    Buffer.from([head, lines[1], lines[7]?.replace('Packer', 'Leiterin'), lines[4]?.replace('Z-1', 'Z-7')].join('\n')),
  )
  expect(second.code, second.output).toBe(1)
  expect(second.output).toMatch(/ 3 {2}refused with PERSONNEL_NUMBER_TAKEN/)
  expect(second.output).toMatch(/Z-7 +Jan Doppelt .* ACTIVE +COMPLETED +OPEN/)
})

it('exits 1 at once with a file it can make nothing of', async () => {
  const { code, output } = await hire(Buffer.from(`\ufeff${head}`, 'utf16le'))
  expect(code).toBe(1)
  expect(output).toContain('is UTF-16; save the file as UTF-8')
  expect(output).not.toContain('PostgreSQL')
})
