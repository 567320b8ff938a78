import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { complete } from '../domain/onboarding.ts'
import type { CompleteOnboardingTaskInput, CompleteOnboardingTaskPayload } from '../generated/graphql.ts'

/** Ticks a task off an onboarding list. Refuses: ONBOARDING_TASK_NOT_FOUND, ONBOARDING_TASK_DONE. */
export const completeOnboardingTask = command<CompleteOnboardingTaskInput, CompleteOnboardingTaskPayload>({
  name: 'completeOnboardingTask',
  scope: 'hr:write',
  check: z.object({ taskId: id }),

  async execute({ taskId, expectedVersion }, { tx, now }) {
    const task = await tx.onboardingTask.findUnique({ where: { id: taskId } })
    if (!task) throw notFound('OnboardingTask', taskId)
    expectVersion(task, expectedVersion)
    const saved = await saveVersion(tx.onboardingTask, task, complete(task, now))
    return { payload: { task: saved }, changes: [change('OnboardingTask', task, saved)] }
  },
})
