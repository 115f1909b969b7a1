import { atCharacter, resultName, type ToolResult, text, toolError } from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import { type RemoteAgentTool, toModelTool } from './agent-tool.ts'
import { BYTES_PER_TOKEN } from './estimate-tokens.ts'
import type { Seat } from './take-seat.ts'

/** The whole texts, by the names of the results. */
type Excerpts = ReadonlyMap<string, string>

/** Parts of the window that one reading may fill. */
const READ_PART = 1 / 16

/** Names of results that a model is told that asked for one that is not there. */
const NAMES_SHOWN = 10

/**
 * Offers the model a tool that reads more of results that it was shown excerpts of: from the first of these on, and for
 * good. Before, nobody pays for a tool that reads nothing, and what providers keep of the beginning of a conversation
 * counts on a list of tools that does not change.
 */
export function withReader(seat: Seat, excerpts: Excerpts): Seat {
  const { plan, listed } = seat
  if (seat.reader || excerpts.size === 0 || plan.tools.length === 0) return seat
  const reader = createReader(plan, excerpts)
  const offered = toModelTool(reader)
  return { ...seat, reader, plan: { ...plan, tools: [...plan.tools, offered] }, listed: [...listed, offered] }
}

function createReader({ tools, shown, context }: AgentPlan, excerpts: Excerpts): RemoteAgentTool {
  const name = 'read_result'
  const window = context?.window ?? Number.POSITIVE_INFINITY
  const mostBytes = Math.floor(
    Math.min(shown?.textBytes ?? Number.POSITIVE_INFINITY, window * BYTES_PER_TOKEN * READ_PART),
  )
  return {
    kind: 'remote',
    name: tools.some((tool) => tool.name === name) ? `longhaul_${name}` : name,
    description:
      'Reads on in the result of an earlier call of a tool, of which you were shown an excerpt with a link to the whole.',
    inputSchema: {
      type: 'object',
      properties: {
        result: { type: 'string', minLength: 1, description: 'Name of the result, as its link has it.' },
        offset: { type: 'integer', minimum: 0, description: 'Characters before what you want to read.' },
        limit: { type: 'integer', minimum: 1, description: 'Most characters; without it as many as you can be shown.' },
      },
      required: ['result', 'offset'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true },
    inDoubt: 'repeat',
    call: async ({ result, offset, limit }) =>
      readPiece(excerpts, {
        result: String(result),
        offset: Number(offset),
        limit: Number(limit ?? Infinity),
        mostBytes,
      }),
  }
}

interface Piece {
  readonly result: string
  readonly offset: number
  readonly limit: number
  readonly mostBytes: number
}

function readPiece(excerpts: Excerpts, { result, offset: from, limit, mostBytes }: Piece): ToolResult {
  const name = toName(result)
  const words = excerpts.get(name)
  if (words === undefined) {
    const names = [...excerpts.keys()].slice(-NAMES_SHOWN).join(', ')
    return toolError(`There is no result '${result}' to read on in. There are: ${names}.`)
  }
  const offset = atCharacter(words, from)
  if (offset >= words.length) return toolError(`The text of ${name} has only ${words.length} characters.`)
  const fits = cut(words.slice(offset, offset + Math.min(limit, mostBytes)), mostBytes).length
  const aligned = atCharacter(words, offset + fits)
  // One character at least, so that whoever reads on gets on.
  const end = aligned > offset ? aligned : Math.min(offset + 2, words.length)
  const rest = end < words.length ? `; go on at ${end}` : ', which is its end'
  return {
    content: [text(words.slice(offset, end)), text(`[characters ${offset} to ${end} of ${words.length}${rest}]`)],
  }
}

/** Some models write the whole URI of the link. */
function toName(written: string): string {
  const last = resultName(written)
  try {
    return resultName(decodeURIComponent(last))
  } catch {
    return last
  }
}

/** As much of the beginning as has so many bytes. */
function cut(words: string, mostBytes: number): string {
  let piece = words
  for (let bytes = Buffer.byteLength(piece); bytes > mostBytes && piece.length > 1; bytes = Buffer.byteLength(piece))
    piece = piece.slice(0, Math.max(1, Math.floor(piece.length * (mostBytes / bytes))))
  return piece
}
