import { type FinishedTask, type JsonObject, LonghaulError, type Serves } from '@longhaul/task'
import { RPC, RpcError } from './json-rpc.ts'

/**
 * What a task came to that got a prompt, read a resource, or completed or listed something: the members of its result.
 * @throws RpcError, LonghaulError `resource_not_found`
 */
export function toServed({ head, outcome }: FinishedTask): JsonObject {
  switch (outcome.kind) {
    case 'error': {
      const { code = RPC.internalError, message, data } = outcome.error
      if (code === RPC.resourceNotFound && head.serves?.kind === 'resource') throw resourceNotFound(head.serves.uri)
      throw new RpcError(code, message, data)
    }
    case 'cancelled':
      throw new RpcError(RPC.internalError, 'The request was cancelled.', { reason: outcome.reason })
    case 'result': {
      const { isError, content, structuredContent } = outcome.result
      if (isError) throw new RpcError(RPC.internalError, String(content[0]?.text ?? 'It failed.'))
      return checkFound(structuredContent as JsonObject, head.serves)
    }
  }
}

/** Where there is nothing to read there is no resource: a result is never empty (F16). */
function checkFound(result: JsonObject, serves: Serves | undefined): JsonObject {
  const { contents } = result
  if (serves?.kind === 'resource' && Array.isArray(contents) && contents.length === 0)
    throw resourceNotFound(serves.uri)
  return result
}

/** @returns the error of a URI behind which is nothing, which each era gives a code of its own */
export const resourceNotFound = (uri: string): LonghaulError =>
  new LonghaulError('resource_not_found', `Resource not found: ${uri}`, { data: { uri } })
