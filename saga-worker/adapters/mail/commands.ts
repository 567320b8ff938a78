import type { Command } from '../../engine/command.ts'

/** What sagas may ask of the mail system. */
export const mail = {
  /** Mails an issued document to its recipient. Answers with the Message-ID, the same one however often it is asked. */
  deliverInvoice: (input: { readonly invoiceId: string }): Command<{ readonly messageId: string }> => ({
    subgraph: 'mail',
    mutation: 'deliverInvoice',
    input,
  }),
}
