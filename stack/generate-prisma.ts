import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

const prisma = join(dirname(import.meta.dirname), 'node_modules', 'prisma')

/**
 * Generates the Prisma client of `prisma/<domain>/schema.prisma` into `subgraphs/<domain>/generated/prisma`,
 * unless it is there for this very schema and this Prisma. Returns whether it had to.
 */
export async function generatePrisma(root: string, domain: string): Promise<boolean> {
  const schema = join(root, 'prisma', domain, 'schema.prisma')
  const output = join(root, 'subgraphs', domain, 'generated', 'prisma')
  const stampFile = `${output}.sha256`
  const stamp = await stampOf(schema)
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return false

  // A model that was dropped must not leave its file behind.
  await rm(output, { recursive: true, force: true })
  await mkdir(output, { recursive: true })
  await run(domain, ['generate', '--schema', schema, '--no-hints'])
  await access(join(output, 'client.ts')).catch(() => {
    throw new Error(`prisma/${domain}/schema.prisma must name the output ../../subgraphs/${domain}/generated/prisma`)
  })
  await writeFile(stampFile, stamp)
  return true
}

async function stampOf(schema: string): Promise<string> {
  const [schemaText, packageText] = await Promise.all([readFile(schema), readFile(join(prisma, 'package.json'))])
  return createHash('sha256').update(schemaText).update(packageText).digest('hex')
}

async function run(domain: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(prisma, 'build', 'index.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Generating needs no schema engine, but Prisma would download one. /bin/false stands in for it.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', CHECKPOINT_DISABLE: '1' },
  })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  const [code, out, errors] = await Promise.all([exit, text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new Error(`prisma/${domain}: prisma generate failed\n${out}${errors}`)
}
