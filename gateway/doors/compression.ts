import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'

const compressors = {
  br: (text: string) => promisify(brotliCompress)(text, { params: { [zlib.BROTLI_PARAM_QUALITY]: brotliQuality } }),
  gzip: (text: string) => promisify(gzip)(text),
}

// At 4 brotli takes about as long as gzip at its default, and packs JSON better; at its own default, 11, far longer.
const brotliQuality = 4

export type Encoding = keyof typeof compressors

/**
 * Compresses a body for a client that takes one of our encodings (RFC 9110, § 12.5.3), in the thread pool. Bodies
 * shorter than `fromBytes` stay as they are: packing them would cost more than it saves.
 */
export async function compressed(
  body: string,
  acceptEncoding: string | undefined,
  fromBytes: number,
): Promise<{ body: string | Buffer; headers: Record<string, string> }> {
  // A text has at least as many bytes as characters, and counting bytes is not free.
  if (body.length < fromBytes && Buffer.byteLength(body) < fromBytes) return { body, headers: {} }
  const headers = { vary: 'accept-encoding' }
  const encoding = encodingFor(acceptEncoding)
  if (!encoding) return { body, headers }
  return { body: await compressors[encoding](body), headers: { ...headers, 'content-encoding': encoding } }
}

function encodingFor(acceptEncoding = ''): Encoding | undefined {
  const weights = new Map<string, number>()
  for (const range of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(name, quality ? Number(quality.slice(2)) : 1)
  }
  const weightOf = (encoding: Encoding) => weights.get(encoding) ?? weights.get('*') ?? 0
  const [best] = (['br', 'gzip'] as const).toSorted((one, other) => weightOf(other) - weightOf(one))
  return best && weightOf(best) > 0 ? best : undefined
}
