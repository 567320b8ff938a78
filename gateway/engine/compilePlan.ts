import { type FetchNode, fetchKey, type PlanNode } from './fetchPlan.ts'
import { compileEntityFetch, compileRootFetch, type PlanContext, type Step } from './fetchStep.ts'

/** Compiles a plan into one step: everything that does not depend on the request is decided here. */
export function compilePlan(node: PlanNode, context: PlanContext, path: readonly string[] = []): Step {
  switch (node.kind) {
    case 'Fetch':
      return compileFetch(node, [path], context)
    case 'Flatten':
      return compilePlan(node.node, context, [...path, ...node.path])
    case 'Sequence': {
      const steps = node.nodes.map((child) => compilePlan(child, context, path))
      return async (run) => {
        for (const step of steps) await step(run)
      }
    }
    case 'Parallel': {
      const steps = mergeEqualFetches(node.nodes, context, path)
      const [only] = steps
      if (only && steps.length === 1) return only
      return async (run) => {
        await Promise.all(steps.map((step) => step(run)))
      }
    }
    case 'Condition': {
      const { condition } = node
      const then = node.ifClause && compilePlan(node.ifClause, context, path)
      const otherwise = node.elseClause && compilePlan(node.elseClause, context, path)
      return (run) => (run.coerced[condition] === true ? then : otherwise)?.(run)
    }
  }
}

function compileFetch(fetch: FetchNode, paths: readonly (readonly string[])[], context: PlanContext): Step {
  if (fetch.requires) return compileEntityFetch(fetch, paths, context)
  return compileRootFetch(fetch, paths[0] ?? [], context)
}

/** The steps of parallel nodes; entity fetches that differ only in their place become one request. */
function mergeEqualFetches(nodes: readonly PlanNode[], context: PlanContext, path: readonly string[]): Step[] {
  const merged = new Map<string, { fetch: FetchNode; paths: (readonly string[])[] }>()
  const steps: Step[] = []
  for (const node of nodes) {
    if (!context.shareable || node.kind !== 'Flatten' || node.node.kind !== 'Fetch' || !node.node.requires) {
      steps.push(compilePlan(node, context, path))
      continue
    }
    const key = fetchKey(node.node)
    const entry = merged.get(key) ?? { fetch: node.node, paths: [] }
    merged.set(key, entry)
    entry.paths.push([...path, ...node.path])
  }
  for (const { fetch, paths } of merged.values()) steps.push(compileFetch(fetch, paths, context))
  return steps
}
