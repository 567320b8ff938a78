import { readFileSync } from 'node:fs'
import { law2026 } from './parameters/law.ts'
import { fromPlan, type PlanOutput, toPlan } from './wage-tax/planCase.ts'
import { type PlanMistake, readPlanCase } from './wage-tax/planFields.ts'
import { wageTax } from './wage-tax/wageTax.ts'

const USAGE = `Usage: npm run wage-tax -- cases.json

cases.json holds an array of objects with the inputs of the Programmablaufplan 2026, for example
[{"LZZ":1,"RE4":4500000,"STKL":1,"KVZ":2.9}]. What is missing is the plan's default.
`

/** The wage tax of every case, or every mistake in them as a line of text. */
export type CasesAnswer = { readonly outputs: readonly PlanOutput[] } | { readonly mistakes: readonly string[] }

/** Calculates the cases of a JSON text: an array of objects under the plan's names. */
export function calculateCases(json: string): CasesAnswer {
  const cases = parsed(json)
  if (cases instanceof SyntaxError) return { mistakes: [`the file is not JSON: ${cases.message}`] }
  if (!Array.isArray(cases)) return { mistakes: ['the file must hold an array of cases'] }
  const outputs: PlanOutput[] = []
  const mistakes: string[] = []
  cases.forEach((value: unknown, index) => {
    const read = readPlanCase(value)
    if ('case' in read) outputs.push(toPlan(wageTax(fromPlan(read.case), law2026)))
    else mistakes.push(...read.mistakes.map((mistake) => inCase(mistake, index + 1, cases.length)))
  })
  return mistakes.length > 0 ? { mistakes } : { outputs }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    return cause
  }
}

function inCase({ field, reason }: PlanMistake, position: number, count: number): string {
  return `case ${position} of ${count}: ${field === null ? 'the case' : `field ${field}`} ${reason}`
}

/** Runs the command line: prints the results and nothing else, or says on standard error what is wrong. */
function run(path: string | undefined): number {
  if (path === undefined) return fail(USAGE)
  let json: string
  try {
    json = readFileSync(path, 'utf8')
  } catch (cause) {
    return fail(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}\n`)
  }
  const answer = calculateCases(json)
  if ('mistakes' in answer) return fail(`${answer.mistakes.join('\n')}\n`)
  process.stdout.write(`${JSON.stringify(answer.outputs, null, 2)}\n`)
  return 0
}

function fail(message: string): number {
  process.stderr.write(message)
  return 1
}

if (import.meta.main) process.exitCode = run(process.argv[2])
