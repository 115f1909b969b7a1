import { RPC, RpcError } from '@longhaul/protocol'
import { completionKey, isExposedAs, type JsonObject, type Principal } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { findPrompt, findTemplate } from './find-exposed.ts'
import { runToEnd } from './run-to-end.ts'

export interface Completing {
  readonly principal: Principal
  readonly ref:
    | { readonly type: 'ref/prompt'; readonly name: string }
    | { readonly type: 'ref/resource'; readonly uri: string }
  readonly argument: { readonly name: string; readonly value: string }
  /** What other arguments are by now. */
  readonly context: Readonly<Record<string, string>>
}

/** What MCP allows. */
const MOST_VALUES = 100

/**
 * The result of completion/complete: values that are listed in the catalog, or what the project's own function gives.
 * @throws RpcError, LonghaulError: unknown prompt, template or argument (F18)
 */
export async function complete(deps: Deps, { principal, ref, argument, context }: Completing): Promise<JsonObject> {
  const { catalog } = deps
  const entry = ref.type === 'ref/prompt' ? await findPrompt(catalog, ref.name) : await findTemplate(catalog, ref.uri)
  const { as } = entry
  const known = (as.kind === 'prompt' ? as.arguments : as.variables).find(({ name }) => name === argument.name)
  if (!known) throw new RpcError(RPC.invalidParams, `${toName(ref)} has no argument '${argument.name}'.`)
  const completion = await catalog.find(completionKey(entry.name))
  if (!isExposedAs(completion, 'completion') || !completion.as.of.includes(argument.name)) {
    return toResult(startingWith(known.values ?? [], argument.value))
  }
  const args = { argument, context }
  const given = await runToEnd(deps, { principal, key: completion.name, args, serves: { kind: 'completion' } })
  // What is too slow for somebody who types offers nothing.
  return toResult((given?.values ?? []) as readonly string[])
}

function toResult(values: readonly string[]): JsonObject {
  const total = values.length
  return { completion: { values: values.slice(0, MOST_VALUES), total, hasMore: total > MOST_VALUES } }
}

function startingWith(values: readonly string[], typed: string): readonly string[] {
  const start = typed.toLowerCase()
  return values.filter((value) => value.toLowerCase().startsWith(start))
}

const toName = (ref: Completing['ref']): string =>
  ref.type === 'ref/prompt' ? `The prompt '${ref.name}'` : `The template '${ref.uri}'`
