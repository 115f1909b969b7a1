import { basename } from 'node:path'
import { parseSettingsFile } from '@longhaul/project-files'
import type { Problem } from '@longhaul/task'
import {
  type AgentDefinition,
  DEFAULT_CONTEXT,
  DEFAULT_MAX_TOKENS,
  DEFAULT_MAX_TURNS,
  type ToolGlob,
} from './agent-definition.ts'
import { FRONT_MATTER, HOW_TO_WRITE } from './front-matter.ts'

/** What MCP allows as the name of a tool. */
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/

/**
 * Reads a file `agents/NAME.md`: YAML settings between two `---` lines, then the system prompt.
 * @param file path from the project's folder, which the problems name
 * @returns the agent, unless one of the problems is an error
 */
export function parseAgentFile(
  text: string,
  file: string,
): { readonly agent?: AgentDefinition; readonly problems: readonly Problem[] } {
  const name = basename(file).replace(/\.md$/i, '')
  const isName = TOOL_NAME.test(name)
  const { parsed, problems } = parseSettingsFile(text, file, {
    settings: FRONT_MATTER,
    howToWrite: HOW_TO_WRITE,
    kind: 'agent',
    name,
    emptyBody: 'There is no system prompt. Write it after the second "---".',
  })
  if (!isName) {
    const ofName = `'${name}' cannot be the name of a tool. Name the file with 1 to 128 of A-Z a-z 0-9 _ - and dot, then ".md".`
    return { problems: [{ file, message: ofName, severity: 'error' }, ...problems] }
  }
  if (!parsed) return { problems }
  const { settings, body, lineOf } = parsed
  const {
    tools,
    agents,
    handOffs,
    timeout,
    approval = [],
    approvalTimeout,
    budget,
    context,
    maxTurns = DEFAULT_MAX_TURNS,
    maxTokens = DEFAULT_MAX_TOKENS,
    ...rest
  } = settings
  const toGlobs = (setting: string, patterns: readonly string[] = []): readonly ToolGlob[] =>
    patterns.map((pattern, place) => ({ pattern, line: lineOf([setting, place]) }))
  const agent: AgentDefinition = {
    name,
    file,
    ...rest,
    systemPrompt: body,
    tools: toGlobs('tools', tools),
    agents: toGlobs('agents', agents),
    handOffs: toGlobs('handOffs', handOffs),
    approval: approval.map((rule, place) => ({ ...rule, line: lineOf(['approval', place]) })),
    maxTurns,
    maxTokens,
    ...(approvalTimeout !== undefined && { approvalTimeoutMs: approvalTimeout }),
    context: { ...DEFAULT_CONTEXT, ...context },
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(budget && { budget: { limits: budget, line: lineOf(['budget']) } }),
  }
  return { agent, problems }
}
