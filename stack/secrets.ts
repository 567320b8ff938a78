import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/** What only this data folder knows: made when first asked for, the same ever after, readable by its owner alone. */
export type Secrets = {
  /** The secret of that name; `make` makes it if there is none yet. */
  get(name: string, make: () => string | Promise<string>): Promise<string>
}

const fileSchema = z.record(z.string(), z.string())

/** Opens a file of secrets, which need not exist. The caller must have claimed the folder it lies in. */
export function openSecrets(file: string): Secrets {
  let known: Map<string, string> | undefined
  const making = new Map<string, Promise<string>>()

  // Read when first asked: until then the file may still be removed, to begin anew.
  const all = () => {
    known ??= new Map(existsSync(file) ? Object.entries(read(file)) : [])
    return known
  }
  const save = (name: string, value: string) => {
    all().set(name, value)
    // Beside and renamed: a crash leaves the old secrets or the new, never half of them.
    writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(all()), null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    })
    renameSync(`${file}.new`, file)
    return value
  }

  return {
    async get(name, make) {
      const value = all().get(name)
      if (value !== undefined) return value
      const pending = making.get(name) ?? Promise.resolve(make()).then((made) => save(name, made))
      making.set(name, pending)
      return pending
    },
  }
}

function read(file: string): Record<string, string> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new Error(`${file} cannot be read; without it the data beside it are lost (--reset begins anew)`, { cause })
  }
}
