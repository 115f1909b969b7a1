import type { Json, JsonObject } from '@longhaul/task'

/** Text, or bytes in Base64, behind a URI. */
export interface ResourceContents {
  /** The one that was read, when absent. */
  readonly uri?: string
  readonly mimeType?: string
  readonly text?: string
  readonly blob?: string
  readonly _meta?: JsonObject
}

/** What `read` may return: text, bytes, contents; undefined where there is no such resource. */
export type ResourceOutput = string | Uint8Array | ResourceContents | readonly ResourceContents[] | undefined

/** The result of resources/read. Without contents there is no such resource. @throws Error that says what is wrong */
export function toContents(
  output: ResourceOutput,
  { uri, mimeType }: { readonly uri: string; readonly mimeType: string | undefined },
): { readonly contents: readonly Json[] } {
  if (output === undefined || output === null) return { contents: [] }
  const all = isList(output) ? output : [toOne(output)]
  const contents = all.map((one) => {
    const isRight = (typeof one.text === 'string') !== (typeof one.blob === 'string')
    if (!isRight) throw new Error(`The resource ${uri} must give text, bytes, or contents with either text or blob.`)
    return { uri, ...(mimeType && { mimeType }), ...one } as Json
  })
  return { contents }
}

const isList = (output: object | string): output is readonly ResourceContents[] => Array.isArray(output)

function toOne(output: string | Uint8Array | ResourceContents): ResourceContents {
  if (typeof output === 'string') return { text: output }
  return output instanceof Uint8Array ? { blob: Buffer.from(output).toString('base64') } : output
}
