import type { CreateMessageRequestParams, SamplingMessage, ToolResultContent } from '@modelcontextprotocol/sdk/types.js'

interface ToolCall {
  readonly name: string
  readonly input: Record<string, unknown>
}

/** What the model says: text and calls. No call is its last word. */
export interface Decision {
  readonly text: string
  readonly calls: readonly ToolCall[]
}

/** Chapters of a file that its report speaks of. */
const CHAPTERS = 3

/**
 * A model small enough to read. It decides by the conversation alone, like any model: it reads the files that the
 * prompt names, publishes a report on each, and then says what became of that.
 */
export function decide({ messages }: Pick<CreateMessageRequestParams, 'messages'>): Decision {
  const [prompt] = messages
  const paths = prompt ? textOf(prompt).match(/[\w/.-]+\.md\b/g) : null
  const results = newResults(messages)
  if (results.length === 0) {
    const calls = (paths ?? []).map((path) => ({ name: 'files__read_text_file', input: { path } }))
    return { text: 'I read the files first.', calls }
  }
  if (results.every(({ call }) => call === 'files__read_text_file')) {
    const calls = results.map(({ text }, index) => ({
      name: 'publish_report',
      input: { title: paths?.[index], parts: chaptersOf(text) },
    }))
    return { text: 'I publish a report on each.', calls }
  }
  return { text: results.map(({ text }) => text).join(' '), calls: [] }
}

/** The tool results that the last message brought, each with the name of the tool that was called. */
export function newResults(messages: readonly SamplingMessage[]): readonly { call: string; text: string }[] {
  const names = new Map(
    messages.flatMap(blocksOf).flatMap((block) => (block.type === 'tool_use' ? [[block.id, block.name]] : [])),
  )
  const last = messages.at(-1)
  const results = last ? blocksOf(last).filter((block) => block.type === 'tool_result') : []
  return results.map((result) => ({ call: names.get(result.toolUseId) ?? '', text: resultText(result) }))
}

/** One sentence for each of the first chapters of a Markdown text. */
function chaptersOf(markdown: string): string[] {
  const [, ...chapters] = markdown.split(/^## /m)
  return chapters.slice(0, CHAPTERS).map((chapter) => {
    const [heading = '', ...lines] = chapter.split('\n')
    return `“${heading}” takes ${lines.join(' ').trim().split(/\s+/).length} words.`
  })
}

const blocksOf = ({ content }: SamplingMessage) => (Array.isArray(content) ? content : [content])

const textOf = (message: SamplingMessage): string =>
  blocksOf(message)
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('')

const resultText = ({ content }: ToolResultContent): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('')
