import { type Command, type External, external } from '../../engine/command.ts'

type Delivery = { readonly invoiceId: string }
type Delivered = { readonly messageId: string }

/** What sagas may ask of the mail system. */
export const mail = {
  /** Mails an issued document to its recipient. Answers with the Message-ID, the same one however often it is asked. */
  deliverInvoice: (input: Delivery): External<Delivered> => external('mail', 'deliverInvoice', input),
}

/**
 * The same as former versions send it: as a command like any other, which is how they were published and how their
 * steps are stored. For those versions alone; it goes with the last of them.
 */
export const formerMail = {
  deliverInvoice: (input: Delivery): Command<Delivered> => ({ subgraph: 'mail', mutation: 'deliverInvoice', input }),
}
