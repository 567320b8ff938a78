import { type GraphQLLeafType, isEnumType } from 'graphql'
import { type Json, quote } from './json.ts'

/** The JSON text of a leaf value, or undefined for a value its type does not have. Never asked for null. */
export type LeafWriter = (value: Json) => string | undefined

const writers: Readonly<Record<string, LeafWriter>> = {
  Int: (value) => (Number.isInteger(value) ? String(value) : undefined),
  Float: (value) => (typeof value === 'number' ? JSON.stringify(value) : undefined),
  Boolean: (value) => (value === true ? 'true' : value === false ? 'false' : undefined),
  String: (value) => (typeof value === 'string' ? quote(value) : undefined),
  // An id may travel as an integer; whether a client sees it as one is the subgraph's choice.
  ID: (value) => (typeof value === 'string' ? quote(value) : Number.isInteger(value) ? String(value) : undefined),
}

export function leafWriter(type: GraphQLLeafType): LeafWriter {
  if (isEnumType(type)) {
    const texts = new Map<Json, string>(type.getValues().map(({ name }) => [name, `"${name}"`]))
    return (value) => texts.get(value)
  }
  return Object.hasOwn(writers, type.name) ? (writers[type.name] ?? anyValue) : anyValue
}

/** The gateway does not know what values a custom scalar has. */
const anyValue: LeafWriter = (value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value))
