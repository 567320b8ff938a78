import { parseArgs } from 'node:util'

export type Options = {
  /** The file of employees; undefined means the one that is shipped. */
  employees: string | undefined
  reset: boolean
  help: boolean
}

export const usage = `npm run demo -- [--employees FILE.csv] [--reset]

  Hires the employees of a file through the platform's public endpoint, on data of its own in .data/demo
  (DATA_DIR moves .data), and checks what came of it. Run again it finds that nothing is left to do.

  --employees FILE   the file to hire; default demo/employees.csv, which shows the format
  --reset            begins anew, with empty data

  Exits 0 when everything is as it should be, 1 when a row could not be hired or a check failed.
`

/** Reads the command line, or throws an Error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      employees: { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.employees === '') throw new Error('--employees needs the name of a file')
  return { employees: values.employees, reset: values.reset, help: values.help }
}
