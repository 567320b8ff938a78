import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import { allocatePayment } from './commands/allocatePayment.ts'
import { cancelInvoice } from './commands/cancelInvoice.ts'
import { changeInvoice } from './commands/changeInvoice.ts'
import { correctCustomer } from './commands/correctCustomer.ts'
import { creditInvoice } from './commands/creditInvoice.ts'
import { discardInvoice } from './commands/discardInvoice.ts'
import { draftInvoice } from './commands/draftInvoice.ts'
import { issueInvoice } from './commands/issueInvoice.ts'
import { recordDelivery } from './commands/recordDelivery.ts'
import { recordPayment } from './commands/recordPayment.ts'
import { refundPayment } from './commands/refundPayment.ts'
import { registerCustomer } from './commands/registerCustomer.ts'
import { requestIssue } from './commands/requestIssue.ts'
import { returnToDraft } from './commands/returnToDraft.ts'
import { reversePayment } from './commands/reversePayment.ts'
import { setSeller } from './commands/setSeller.ts'
import { validateInvoice } from './commands/validateInvoice.ts'
import { auditRecordFields } from './entities/AuditRecord.ts'
import { customerFields } from './entities/Customer.ts'
import { correctionsOf, deliveriesOf, invoiceFields, linesOf, sellerOf } from './entities/Invoice.ts'
import {
  allocationFields,
  allocationsOfInvoice,
  allocationsOfPayment,
  openItemFields,
  paymentFields,
  refundsOf,
} from './entities/receivables.ts'
import type { QueryCustomerArgs, QueryInvoiceArgs, QueryPaymentArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { personal } from './personal.ts'
import { customers } from './queries/customers.ts'
import { invoiceMail } from './queries/invoiceMail.ts'
import { invoices } from './queries/invoices.ts'
import { openItems } from './queries/openItems.ts'
import { payments } from './queries/payments.ts'
import { receivables } from './queries/receivables.ts'

/** Billing: customers, invoices and their corrections, payments, what is owed to us. */
export const billing: SubgraphDefinition<PrismaClient> = {
  name: 'billing',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal,

  commands: [
    registerCustomer,
    correctCustomer,
    setSeller,
    draftInvoice,
    changeInvoice,
    discardInvoice,
    requestIssue,
    cancelInvoice,
    creditInvoice,
    recordPayment,
    allocatePayment,
    refundPayment,
    reversePayment,
    validateInvoice,
    issueInvoice,
    returnToDraft,
    recordDelivery,
  ],

  queries: {
    customer: (_: unknown, { id }: QueryCustomerArgs, context: Context) => context.load('Customer', id),
    customers,
    seller: (_: unknown, _args: unknown, { identity, batch }: Context) => batch('sellerOf', identity.tenantId),
    invoice: (_: unknown, { id }: QueryInvoiceArgs, context: Context) => context.load('Invoice', id),
    invoices,
    numberRanges: (_: unknown, _args: unknown, context: Context<PrismaClient>) =>
      context.read((client) => client.numberRange.findMany({ orderBy: [{ series: 'asc' }, { year: 'asc' }] })),
    payment: (_: unknown, { id }: QueryPaymentArgs, context: Context) => context.load('Payment', id),
    payments,
    openItems,
    receivables,
    invoiceMail,
  },

  entities: {
    Customer: (client, ids) => client.customer.findMany({ where: { id: { in: ids } } }),
    Seller: (client, ids) => client.seller.findMany({ where: { id: { in: ids } } }),
    Invoice: (client, ids) => client.invoice.findMany({ where: { id: { in: ids } } }),
    OpenItem: (client, ids) => client.openItem.findMany({ where: { id: { in: ids } } }),
    Payment: (client, ids) => client.payment.findMany({ where: { id: { in: ids } } }),
  },
  batches: {
    linesOf,
    correctionsOf,
    deliveriesOf,
    sellerOf,
    allocationsOfInvoice,
    allocationsOfPayment,
    refundsOf,
  },

  fields: {
    Customer: customerFields,
    Invoice: invoiceFields,
    OpenItem: openItemFields,
    Payment: paymentFields,
    Allocation: allocationFields,
    AuditRecord: auditRecordFields,
  },
}
