import type { Json, JsonObject } from './json.ts'
import { JsonCursor, NotForUs } from './jsonCursor.ts'

/** What an answer is expected to hold at a place, its fields in the order they were asked for. */
export type Shape = {
  /** Whether objects of equal text at this place may be read as one. */
  shared: boolean
  fields: readonly { key: string; below: Shape | undefined }[]
}

/**
 * Compiles a reader of answers that repeat themselves, as lists of the same authors under many books do: text that
 * was read at its place before is not read again, but gives the same object. That spares reading it, and whatever
 * comes after visits, completes and writes it once.
 *
 * It gives undefined where it cannot be used or does not pay: for a text that is short, not compact JSON, or repeats
 * too little. It remembers what did not pay, and then looks again only now and then.
 */
export function compileSharedReader(shape: Shape): (text: string) => Json | undefined {
  const reader = new SharedReader(shape)
  let passOver = 0
  return (text) => {
    if (text.length < worthwhileLength) return undefined
    if (passOver > 0) {
      passOver--
      return undefined
    }
    try {
      return reader.read(text)
    } catch {
      // Whatever is wrong with the text, JSON.parse has the last word.
      passOver = answersPassedOver
      return undefined
    }
  }
}

const worthwhileLength = 1_000
const answersPassedOver = 255
/** So many objects are read before it is judged whether enough text was spared. */
const objectsBeforeJudging = 100
const sparedAtLeast = 1 / 3
/** Objects are looked up by so many of their first characters, and then compared whole. */
const hintLength = 64

/** A field and, of its objects in the answer being read: by their first characters, their text and what it gave. */
type Place = {
  key: string
  /** How the field begins in the text. */
  begins: string
  shared: boolean
  fields: readonly Place[]
  known: Map<string, { text: string; object: JsonObject }>
}

function placeOf(key: string, shape: Shape | undefined): Place {
  const fields = (shape?.fields ?? []).map((field) => placeOf(field.key, field.below))
  return { key, begins: `${JSON.stringify(key)}:`, shared: shape?.shared ?? false, fields, known: new Map() }
}

function forget({ known, fields }: Place): void {
  known.clear()
  fields.forEach(forget)
}

const quoteMark = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

class SharedReader {
  private readonly cursor = new JsonCursor()
  private readonly root: Place
  private objects = 0
  private spared = 0

  constructor(shape: Shape) {
    this.root = placeOf('', shape)
  }

  read(text: string): Json {
    const { cursor, root } = this
    cursor.begin(text)
    this.objects = this.spared = 0
    try {
      const value = this.readValue(root)
      if (cursor.at !== text.length || this.spared < text.length * sparedAtLeast) throw new NotForUs()
      return value
    } finally {
      cursor.begin('')
      forget(root)
    }
  }

  private readValue(place: Place): Json {
    const { cursor } = this
    switch (cursor.text.charCodeAt(cursor.at)) {
      case quoteMark:
        return cursor.readString()
      case openBrace:
        return place.shared ? this.readShared(place) : this.readObject(place)
      case openBracket:
        return this.readList(place)
      case 0x74:
        return cursor.readWord('true', true)
      case 0x66:
        return cursor.readWord('false', false)
      case 0x6e:
        return cursor.readWord('null', null)
      default:
        return cursor.readNumber()
    }
  }

  private readList(place: Place): Json[] {
    const { cursor } = this
    const list: Json[] = []
    if (cursor.text.charCodeAt(++cursor.at) === closeBracket) {
      cursor.at++
      return list
    }
    do list.push(this.readValue(place))
    while (this.goesOn(closeBracket))
    return list
  }

  private readShared(place: Place): JsonObject {
    const { cursor } = this
    const { text, at: start } = cursor
    const close = text.indexOf('}', start) + 1
    const hint = text.slice(start, Math.min(close, start + hintLength))
    const known = place.known.get(hint)
    if (known) {
      const end = start + known.text.length
      if (text.slice(start, end) === known.text) {
        cursor.at = end
        this.spared += known.text.length
        return known.object
      }
    }
    const object = this.readObject(place)
    if (!known) place.known.set(hint, { text: text.slice(start, cursor.at), object })
    return object
  }

  private readObject(place: Place): JsonObject {
    const { cursor } = this
    if (++this.objects === objectsBeforeJudging && this.spared < cursor.at * sparedAtLeast) throw new NotForUs()
    const object: JsonObject = {}
    if (cursor.text.charCodeAt(++cursor.at) === closeBrace) {
      cursor.at++
      return object
    }
    let index = 0
    do {
      const expected = place.fields[index++]
      if (expected && cursor.text.startsWith(expected.begins, cursor.at)) {
        cursor.at += expected.begins.length
        object[expected.key] = this.readValue(expected)
      } else this.readUnexpected(object, place)
    } while (this.goesOn(closeBrace))
    return object
  }

  /** A field that is not the next of those asked for: one of another type's, or one nobody asked for. */
  private readUnexpected(object: JsonObject, place: Place): void {
    const { cursor } = this
    if (cursor.text.charCodeAt(cursor.at) !== quoteMark) throw new NotForUs()
    const key = cursor.readString()
    if (key === '__proto__' || cursor.text.charCodeAt(cursor.at++) !== colon) throw new NotForUs()
    object[key] = this.readValue(place.fields.find((field) => field.key === key) ?? elsewhere)
  }

  /** Passes the comma before the next element, or the mark that closes what is read. */
  private goesOn(close: number): boolean {
    const next = this.cursor.text.charCodeAt(this.cursor.at++)
    if (next !== comma && next !== close) throw new NotForUs()
    return next === comma
  }
}

const elsewhere = placeOf('', undefined)
