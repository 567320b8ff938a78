import { refuse } from '@steinmetz/kernel/errors'
import type { Employee, OnboardingTask } from '../generated/prisma/client.ts'

// What every employee's first weeks need, by calendar days from the first day of the contract. The titles
// are what the people of the personnel department read.
const standardList = [
  { title: 'Arbeitsplatz und Ausstattung bereitstellen', day: -7 },
  { title: 'Zugänge und Schlüssel ausgeben', day: 0 },
  { title: 'Unterweisung im Arbeitsschutz (§ 12 ArbSchG)', day: 0 },
  { title: 'Sozialversicherung anmelden (§ 6 DEÜV)', day: 14 },
  { title: 'Gespräch nach dem ersten Monat', day: 30 },
] as const

const dayMs = 86_400_000

/** Decides the onboarding list of an employee who starts on a day. Refuses EMPLOYEE_NOT_ACTIVE. */
export function onboardingList({ status }: Pick<Employee, 'status'>, startsOn: Date) {
  if (status !== 'ACTIVE') throw refuse('EMPLOYEE_NOT_ACTIVE', `the employee is ${status}, not ACTIVE`)
  return standardList.map(({ title, day }, position) => ({
    position,
    title,
    dueOn: new Date(startsOn.getTime() + day * dayMs),
  }))
}

/** Decides that a task is done: once. */
export function complete(task: OnboardingTask, at: Date) {
  if (task.doneAt) throw refuse('ONBOARDING_TASK_DONE', `${task.title} is done already`)
  return { doneAt: at }
}
