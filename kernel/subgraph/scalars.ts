import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'

const firstMs = Date.parse('0001-01-01T00:00:00.000Z')
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

/** Whether a moment is one, within the years 1 to 9999: ISO 8601 and PostgreSQL write no other in the same way. */
export const isStorable = (moment: Date) => moment.getTime() >= firstMs && moment.getTime() <= lastMs

/** A calendar date as a JS Date at midnight UTC, which is how Prisma gives and takes `@db.Date`. */
const date = scalar('Date', {
  read: (value) => {
    const read = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : null
    if (read && isStorable(read) && read.toISOString().startsWith(String(value))) return read
    throw new GraphQLError(`${shown(value)} is not a date: give year, month and day as in 2026-11-23`)
  },
  write: (value) => (value as Date).toISOString().slice(0, 10),
})

const dateTime = scalar('DateTime', {
  read: (value) => {
    const read = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(value)
    const moment = new Date(read ? value : Number.NaN)
    if (isStorable(moment)) return moment
    throw new GraphQLError(`${shown(value)} is not a moment: give it as in 2026-11-23T08:15:00Z`)
  },
  // A stored answer has kept it as text.
  write: (value) => new Date(value as Date | string).toISOString(),
})

const amountAtMost = 10n ** 17n

/** A whole number beyond 32 bits. Given as a JSON number while that is exact, beyond it as text; taken as either. */
const wholeAmount = (name: string, unit: string) =>
  scalar(name, {
    read: (value) => {
      const whole = typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d{1,18}$/.test(String(value))
      const amount = whole ? BigInt(value as string | number) : amountAtMost
      if (amount > -amountAtMost && amount < amountAtMost) return amount
      throw new GraphQLError(`${shown(value)} is not an amount in ${unit}: give a whole number, in text beyond 2^53`)
    },
    write: (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)),
  })

const cents = wholeAmount('Cents', 'cents')
/** Millionths of a euro, for prices finer than a cent. */
const micros = wholeAmount('Micros', 'millionths')

const json = scalar('JSON', { read: (value) => value, write: (value) => value })

/** The scalars every domain has; one that its schema does not name is left out. */
export const scalars: Readonly<Record<string, GraphQLScalarType>> = {
  Date: date,
  DateTime: dateTime,
  Cents: cents,
  Micros: micros,
  JSON: json,
}

function scalar(name: string, { read, write }: { read(value: unknown): unknown; write(value: unknown): unknown }) {
  return new GraphQLScalarType({
    name,
    parseValue: read,
    parseLiteral: (node) => read(literal(node)),
    serialize: write,
  })
}

function literal(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value
    case Kind.INT:
      return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : node.value
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.LIST:
      return node.values.map(literal)
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, literal(field.value)]))
    default:
      return null
  }
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
