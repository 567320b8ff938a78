import { type FieldNode, type ValueNode, valueFromASTUntyped } from 'graphql'
import type { ReadVariable } from './selectedFields.ts'
import type { RuledDirective, RuledField, RuledInput, SupergraphRules } from './supergraphRules.ts'

/** How long lists are taken to be that say nothing of it. */
export type ListAssumption = { listSize: number }

/** How many values a field gives: itself a list of `own`, or the lists named `sized` below it, of `below` each. */
export type FieldSize = {
  own: number
  below: number
  sized: readonly string[]
  /** Which arguments the contract wants one of, where none was given. */
  missing?: readonly string[]
}

/** What one value of a field costs: `@cost` on the field, or on its type, or 1 for an object and 0 for a leaf. */
export function weightOf(field: RuledField, rules: SupergraphRules): number {
  const type = rules.type(field.type)
  return costOf(field.directives) ?? costOf(type?.directives ?? []) ?? (type && type.kind !== 'leaf' ? 1 : 0)
}

/**
 * How many values a field gives at most. `@listSize` says so by the arguments that slice, or by what it assumes; a
 * list without it is bounded by its arguments `first` and `last`, and so are `edges` and `nodes` below a connection.
 */
export function sizeOf(
  field: RuledField,
  node: FieldNode,
  rules: SupergraphRules,
  { variable, listSize }: ListAssumption & { variable: ReadVariable },
): FieldSize {
  const isList = field.wrapping.includes('list')
  const directive = field.directives.find(({ name }) => name === 'listSize')
  const { assumedSize, slicingArguments, sizedFields, requireOneSlicingArgument } = directive?.arguments ?? {}
  const slicing = directive ? names(slicingArguments) : ['first', 'last'].filter((name) => field.arguments.has(name))
  const sized = directive ? names(sizedFields) : isList || slicing.length === 0 ? [] : pagesOf(field, rules)
  const given = slicing.map((name) => argumentValue(field, node, name, variable)).filter(isSize)
  const assumed = isSize(assumedSize) ? assumedSize : listSize
  const size = given.length > 0 ? Math.max(...given) : assumed
  const needed = directive && requireOneSlicingArgument !== false && slicing.length > 0 && given.length === 0
  return {
    own: isList ? (sized.length > 0 ? listSize : size) : 1,
    below: size,
    sized,
    ...(needed && { missing: slicing }),
  }
}

/** The fields of a connection that hold the page. */
function pagesOf(field: RuledField, rules: SupergraphRules): string[] {
  const fields = rules.type(field.type)?.fields
  return ['edges', 'nodes'].filter((name) => fields?.get(name)?.wrapping.includes('list'))
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function argumentValue(field: RuledField, node: FieldNode, name: string, variable: ReadVariable): unknown {
  const given = node.arguments?.find((argument) => argument.name.value === name)
  const value = given && readValue(given.value, variable)
  return value === undefined ? field.arguments.get(name)?.default : value
}

function readValue(node: ValueNode, variable: ReadVariable): unknown {
  // Read by a proxy, so that only variables that matter for the cost make it depend on them.
  return valueFromASTUntyped(node, new Proxy({}, { get: (_, name) => variable(String(name)) }))
}

/** What the arguments of a field cost: `@cost` on them and on the fields of their inputs, and 1 for each input object. */
export function argumentsCost(
  field: RuledField,
  node: FieldNode,
  rules: SupergraphRules,
  variable: ReadVariable,
): number {
  let cost = 0
  for (const argument of node.arguments ?? []) {
    const input = field.arguments.get(argument.name.value)
    if (!input) continue
    const own = costOf(input.directives) ?? 0
    const isObject = rules.type(input.type)?.kind === 'input'
    cost += own + (isObject ? inputCost(input, readValue(argument.value, variable), rules) : 0)
  }
  return cost
}

/** Goes through an input without calling itself: a client may nest it as deep as it likes. */
function inputCost(input: RuledInput, value: unknown, rules: SupergraphRules): number {
  let cost = 0
  const open = [{ input, value }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: given } = next
    if (Array.isArray(given)) {
      for (const item of given) open.push({ input: next.input, value: item })
      continue
    }
    const type = rules.type(next.input.type)
    if (type?.kind !== 'input' || typeof given !== 'object' || given === null) continue
    cost += 1
    for (const [name, below] of Object.entries(given)) {
      const field = type.inputs.get(name)
      if (!field) continue
      cost += costOf(field.directives) ?? 0
      open.push({ input: field, value: below })
    }
  }
  return cost
}

function costOf(directives: readonly RuledDirective[]): number | undefined {
  const weight = directives.find(({ name }) => name === 'cost')?.arguments.weight
  return typeof weight === 'number' ? weight : undefined
}
