const address = { street: 'Am Sandtorkai 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }

export const firm = {
  customerNumber: 'K-1',
  kind: 'COMPANY',
  name: 'Günther & Söhne GmbH',
  email: 'rechnung@guenther.example.de',
  billingAddress: address,
}

export const seller = {
  name: 'SteinmetZ Werke AG',
  address,
  taxNumber: '12/345/67890',
  email: 'rechnungen@steinmetz.example.de',
  iban: 'DE02120300000000202051',
}

/** A line at 100 euros for each unit. */
export const line = (quantityThousandths: number) => ({
  ...{ description: 'Beratung', unitCode: 'HUR', quantityThousandths },
  ...{ unitPriceMicros: 100_000_000, vatCategory: 'STANDARD' },
})

const mutation = (name: string, selection: string, input = name) => {
  const type = (of: string) => `${of.charAt(0).toUpperCase()}${of.slice(1)}`
  return `mutation($key: ID!, $input: ${type(input)}Input!) { ${name}(idempotencyKey: $key, input: $input) {
    __typename ... on ${type(name)}Payload { ${selection} } ... on Refusal { code message } } }`
}

export const documents = {
  setSeller: mutation('setSeller', 'seller { id }'),
  registerCustomer: mutation('registerCustomer', 'customer { id }'),
  draftInvoice: mutation('draftInvoice', 'invoice { id version }'),
  changeInvoice: mutation('changeInvoice', 'invoice { id version }'),
  requestIssue: mutation('requestIssue', 'invoice { id version }'),
  cancelInvoice: mutation('cancelInvoice', 'cancellation { id }'),
  recordPayment: mutation('recordPayment', 'payment { id }'),
  approveRequest: mutation('approveRequest', 'request { id status }', 'decideRequest'),
} as const
