import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse, visit } from 'graphql'
import { describe, expect, it } from 'vitest'

const root = dirname(dirname(import.meta.dirname))
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')

// german-payroll is a library that knows nothing of our errors; what it notices it documents itself.
const NOT_CODE = ['node_modules', 'generated', 'german-payroll', 'testing', 'e2e', 'bench', 'demo', 'prisma', 'docs']
// The saga engine's test kits, which stand beside the engine: what they invent is not thrown.
const TEST_KIT = /saga-worker\/engine\/(given|faultModel)\.ts$/

const CODE = /'([A-Z][A-Z0-9]{2,}(?:_[A-Z0-9]+)*)'/g
const THROWN = [
  // refuse('EMPLOYEE_NOT_DRAFT', …), new Denied(415, 'BAD_USER_INPUT', 'MEDIA_TYPE_UNKNOWN', …)
  /\b(?:refuse|conflict|fault|bug|Refusal|Conflict|Fault|Bug|Denied|SubgraphFailure|unavailable|requestError)\(\s*([^{\n]*)/g,
  // { code: 'UNAVAILABLE', reason: 'SUBSCRIPTION_LOST' }
  /\b(?:code|reason): ('[A-Z_0-9]+')/g,
]
const NOT_FOUND = /\bnotFound\('([A-Za-z]+)'/g

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || NOT_CODE.includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return path.endsWith('.ts') && !path.endsWith('.test.ts') && !TEST_KIT.test(path) ? [path] : []
  })
}

/** The code in a file without its comments: an example in one is not thrown. */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8').replace(/^\s*(\/\/|\/?\*).*$/gm, '')
}

const sources = filesBelow(root).map((path) => ({ path: relative(root, path), text: codeOf(path) }))
const documented = new Set([...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code = '']) => code))

function thrown(): Map<string, string> {
  const places = new Map<string, string>()
  for (const { path, text } of sources) {
    for (const pattern of THROWN)
      for (const [, call = ''] of text.matchAll(pattern))
        for (const [, code = ''] of call.matchAll(CODE)) places.set(code, path)
    for (const [, entity = ''] of text.matchAll(NOT_FOUND))
      places.set(`${entity.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_NOT_FOUND`, path)
  }
  return places
}

describe('docs/errors.md', () => {
  it('explains every code that is thrown', () => {
    const missing = [...thrown()].filter(([code]) => !documented.has(code)).map(([code, path]) => `${code} (${path})`)
    expect(missing).toEqual([])
  })

  it('explains no code that nothing throws', () => {
    const codes = new Set(thrown().keys())
    const text = sources.map((source) => source.text).join('\n')
    const begun = [...text.matchAll(/`([A-Z]+_)\$\{/g)].map(([, begin = '']) => begin)
    const stale = [...documented].filter(
      (code) => !codes.has(code) && !text.includes(`'${code}'`) && !begun.some((begin) => code.startsWith(begin)),
    )
    expect(stale).toEqual([])
  })

  it('explains every code that a contract names', () => {
    const named = readdirSync(join(root, 'subgraphs')).flatMap((domain) => {
      const sdl = parse(readFileSync(join(root, 'subgraphs', domain, 'schema.graphql'), 'utf8'))
      const codes: string[] = []
      const collect = ({ description }: { readonly description?: { readonly value: string } | undefined }) => {
        codes.push(...(description?.value.match(/\b[A-Z]+(_[A-Z]+)+\b/g) ?? []))
      }
      visit(sdl, { FieldDefinition: collect, ObjectTypeDefinition: collect, InputValueDefinition: collect })
      return codes
    })
    expect(named.filter((code) => !documented.has(code))).toEqual([])
  })

  it('explains each code once', () => {
    const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code)
    expect(rows.filter((code, at) => rows.indexOf(code) !== at)).toEqual([])
  })
})
