import process from 'node:process'
import { google, Trace } from '@apollo/usage-reporting-protobuf'
import type { FetchNode, FetchPlan, PlanNode } from '../engine/fetchPlan.ts'
import type { Json } from '../engine/json.ts'
import type { ExecutionTrace } from '../engine/run.ts'

/** The header by which a subgraph is asked for its trace, and the one version of the format there is. */
export const traceRequest = { 'apollo-federation-include-trace': 'ftv1' }

const { ConditionNode, FetchNode: FetchTrace, FlattenNode, ParallelNode, SequenceNode } = Trace.QueryPlanNode

/** Gathers what the fetches of one execution took, with the traces their subgraphs answered. */
export type FetchTraces = ExecutionTrace & {
  /** The plan as it was carried out. A fetch that was not needed, or that another one did in passing, is not in it. */
  tree(): Trace.QueryPlanNode | undefined
  /** Whether a subgraph told its errors itself, by its trace. */
  areErrorsTold(service: string): boolean
}

/** `startedAt` is the time of `process.hrtime` from which on Apollo counts, `rootType` that of the operation. */
export function fetchTraces(startedAt: [number, number], rootType: string, now: () => Date): FetchTraces {
  const done = new Map<FetchNode, Trace.QueryPlanNode[]>()
  const telling = new Set<string>()
  let planned: FetchPlan
  return {
    planned(plan) {
      planned = plan
    },
    sent(fetch) {
      const [seconds, nanos] = process.hrtime(startedAt)
      const trace = new FetchTrace({
        serviceName: fetch.serviceName,
        sentTimeOffset: seconds * 1e9 + nanos,
        sentTime: timestamp(now()),
      })
      const same = done.get(fetch) ?? []
      same.push(new Trace.QueryPlanNode({ fetch: trace }))
      done.set(fetch, same)
      return (extensions) => {
        trace.receivedTime = timestamp(now())
        const told = ftv1Of(extensions)
        if (told === undefined) return
        trace.trace = readTrace(told, rootType)
        trace.traceParsingFailed = !trace.trace
        if (trace.trace) telling.add(fetch.serviceName)
      }
    },
    tree: () => (planned && planned.kind !== 'Subscription' ? treeOf(planned, done) : undefined),
    areErrorsTold: (service) => telling.has(service),
  }
}

function ftv1Of(extensions: Json | undefined): string | undefined {
  const told = typeof extensions === 'object' && extensions !== null && 'ftv1' in extensions && extensions.ftv1
  return typeof told === 'string' ? told : undefined
}

/** What a subgraph wrote, without the words of its errors: a subgraph that is not ours may not have masked them. */
function readTrace(base64: string, rootType: string): Trace | undefined {
  try {
    const { root, startTime, endTime, durationNs } = Trace.decode(Buffer.from(base64, 'base64'))
    if (root) maskErrors(root)
    // A subgraph may call its root types by other names than the graph as a whole does.
    for (const field of root?.child ?? []) field.parentType = rootType
    return new Trace({ root, startTime, endTime, durationNs })
  } catch {
    return undefined
  }
}

function maskErrors(node: Trace.INode): void {
  node.error = node.error?.map(() => new Trace.Error({ message: '<masked>' })) ?? []
  for (const child of node.child ?? []) maskErrors(child)
}

function treeOf(
  node: PlanNode | undefined,
  done: ReadonlyMap<FetchNode, Trace.QueryPlanNode[]>,
): Trace.QueryPlanNode | undefined {
  switch (node?.kind) {
    case undefined:
      return undefined
    case 'Fetch':
      // One that depends on what is above (`@fromContext`) is sent once for each of its contexts.
      return several(done.get(node) ?? [])
    case 'Parallel':
      return several(node.nodes.flatMap((child) => treeOf(child, done) ?? []))
    case 'Sequence': {
      const nodes = node.nodes.flatMap((child) => treeOf(child, done) ?? [])
      return nodes.length > 0 ? new Trace.QueryPlanNode({ sequence: new SequenceNode({ nodes }) }) : undefined
    }
    case 'Flatten': {
      const below = treeOf(node.node, done)
      const responsePath = node.path.map((fieldName) => ({ fieldName }))
      return below && new Trace.QueryPlanNode({ flatten: new FlattenNode({ responsePath, node: below }) })
    }
    case 'Condition': {
      const [ifClause, elseClause] = [treeOf(node.ifClause, done), treeOf(node.elseClause, done)]
      if (!ifClause && !elseClause) return undefined
      return new Trace.QueryPlanNode({
        condition: new ConditionNode({ condition: node.condition, ifClause, elseClause }),
      })
    }
  }
}

function several(nodes: Trace.QueryPlanNode[]): Trace.QueryPlanNode | undefined {
  return nodes.length < 2 ? nodes[0] : new Trace.QueryPlanNode({ parallel: new ParallelNode({ nodes }) })
}

function timestamp(at: Date): google.protobuf.Timestamp {
  const ms = at.getTime()
  return new google.protobuf.Timestamp({ seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1e6 })
}
