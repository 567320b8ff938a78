import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import { activateEmployee } from './commands/activateEmployee.ts'
import { changeContract } from './commands/changeContract.ts'
import { completeOnboardingTask } from './commands/completeOnboardingTask.ts'
import { correctEmployee } from './commands/correctEmployee.ts'
import { createDepartment } from './commands/createDepartment.ts'
import { draftEmployee } from './commands/draftEmployee.ts'
import { importEmployees } from './commands/importEmployees.ts'
import { openOnboarding } from './commands/openOnboarding.ts'
import { readContract } from './commands/readContract.ts'
import { renameDepartment } from './commands/renameDepartment.ts'
import { withdrawDraft } from './commands/withdrawDraft.ts'
import { auditRecordFields } from './entities/AuditRecord.ts'
import { contractFields } from './entities/Contract.ts'
import { contractOf, employeeFields, onboardingOf } from './entities/Employee.ts'
import { importedRowFields } from './entities/ImportedRow.ts'
import type { QueryEmployeeArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { personal } from './personal.ts'
import { departments } from './queries/departments.ts'
import { employees } from './queries/employees.ts'

/** Personnel: employees, contracts, departments, onboarding. */
export const hr: SubgraphDefinition<PrismaClient> = {
  name: 'hr',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal,

  commands: [
    createDepartment,
    renameDepartment,
    draftEmployee,
    importEmployees,
    changeContract,
    correctEmployee,
    completeOnboardingTask,
    activateEmployee,
    readContract,
    openOnboarding,
    withdrawDraft,
  ],

  queries: {
    employee: (_: unknown, { id }: QueryEmployeeArgs, context: Context) => context.load('Employee', id),
    employees,
    departments,
  },

  entities: {
    Employee: (client, ids) => client.employee.findMany({ where: { id: { in: ids } } }),
    Contract: (client, ids) => client.contract.findMany({ where: { id: { in: ids } } }),
    Department: (client, ids) => client.department.findMany({ where: { id: { in: ids } } }),
    OnboardingTask: (client, ids) => client.onboardingTask.findMany({ where: { id: { in: ids } } }),
  },
  batches: { contractOf, onboardingOf },

  fields: {
    Employee: employeeFields,
    Contract: contractFields,
    ImportedRow: importedRowFields,
    AuditRecord: auditRecordFields,
  },
}
