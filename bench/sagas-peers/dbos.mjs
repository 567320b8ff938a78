// DBOS Transact as its documentation sets it up: `node dbos.mjs <system database> <effects>`. It is told by
// messages how many workflows to run, how many at once, and answers with the time they took.
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { Agent, request } from 'undici'

const [, , systemDatabaseUrl, effects] = process.argv
const dispatcher = new Agent({ connections: 64 })

async function send(mutation, input) {
  const query = `mutation ${mutation}($idempotencyKey: String!, $input: TransferInput!) { ${mutation}(idempotencyKey: $idempotencyKey, input: $input) { id } }`
  const variables = { idempotencyKey: `${DBOS.workflowID}:${mutation}:forward:0`, forwardKey: null, input }
  const response = await request(effects, {
    dispatcher,
    method: 'POST',
    signal: AbortSignal.timeout(10_000),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data } = await response.body.json()
  return { id: data[mutation].id }
}

const step = (name, input) => DBOS.runStep(() => send(name, input), { name, retriesAllowed: true })

const transfer = DBOS.registerWorkflow(
  async (input) => {
    await step('debit', input)
    await step('credit', input)
    await step('receipt', input)
  },
  { name: 'transfer' },
)

DBOS.setConfig({ name: 'bench', systemDatabaseUrl, systemDatabasePoolSize: 32, logLevel: 'warn' })
await DBOS.launch()

async function one() {
  const transferId = randomUUID()
  const handle = await DBOS.startWorkflow(transfer, { workflowID: transferId })({ transferId, cents: 12_345 })
  await handle.getResult()
}

process.on('message', async ({ count, concurrency }) => {
  let left = count
  const began = performance.now()
  const client = async () => {
    while (left-- > 0) await one()
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  process.send(performance.now() - began)
})
process.send('ready')
