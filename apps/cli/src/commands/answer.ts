import { compileSchema } from '@longhaul/schema'
import type { ElicitAnswer } from '@longhaul/task'
import type { Where } from '../installation/find-installation.ts'
import { askPerson } from '../tasks/ask-person.ts'
import { parseJsonObject, parseWords, propertiesOf } from '../tasks/parse-words.ts'
import { describeQuestion } from '../tasks/render-task.ts'
import type { QuestionView, TaskView } from '../tasks/task-client.ts'
import { Terminal } from '../tasks/terminal.ts'
import { withClient } from '../tasks/with-client.ts'

export interface AnswerOptions extends Where {
  /** Key of the question, where there are several. */
  readonly question?: string
  /** The answer as one JSON object, in place of words. */
  readonly json?: string
  readonly accept?: boolean
  readonly decline?: boolean
  readonly cancel?: boolean
}

/** What these mean behind the task is the command's; a field of such a name is written behind `--`. */
const OWN_OPTIONS: ReadonlySet<string> = new Set([
  'url',
  'project',
  'question',
  'json',
  'accept',
  'decline',
  'cancel',
] satisfies (keyof AnswerOptions)[])

type PersonQuestion = Extract<QuestionView, { for: 'person' }>

/** Answers a question of a task: by what was typed, else by asking. @throws Error that says what to do */
export async function answerTask(taskId: string, words: readonly string[], options: AnswerOptions): Promise<void> {
  await withClient(options, async (client) => {
    const question = chooseQuestion(await client.get(taskId), options.question)
    const answer = readAnswer(question, words, options) ?? (await ask(question))
    if (!answer) throw new Error(`Nothing was answered. ${howToAnswer(question)}`)
    await client.answer(taskId, question.key, answer)
    console.error(`Answered ${question.key}: ${answer.action}`)
  })
}

function chooseQuestion({ taskId, status, questions = [] }: TaskView, key: string | undefined): PersonQuestion {
  const open = questions.filter((question): question is PersonQuestion => question.for === 'person')
  const [first, ...others] = open.filter((question) => key === undefined || question.key === key)
  const list = open.map((question) => `\n  ${describeQuestion(question)}`).join('')
  if (open.length === 0) throw new Error(`The task ${taskId} asks nobody anything; it is ${status}.`)
  if (!first) throw new Error(`There is no open question '${key}'. Those that are:${list}`)
  if (others.length > 0) throw new Error(`Say which question you answer, by --question:${list}`)
  return first
}

function readAnswer(
  question: PersonQuestion,
  words: readonly string[],
  { json, accept, decline, cancel }: AnswerOptions,
): ElicitAnswer | undefined {
  if (decline || cancel) return { action: decline ? 'decline' : 'cancel' }
  if ('url' in question) return accept ? { action: 'accept' } : undefined
  if (json === undefined && words.length === 0 && !accept) return undefined
  const content = json === undefined ? parseWords(words, question.fields) : parseJsonObject(json)
  const faults = compileSchema(question.fields)(content)
  if (faults.length > 0) throw new Error(`The answer does not fit: ${faults.join('; ')}. ${howToAnswer(question)}`)
  return { action: 'accept', content: content as ElicitAnswer['content'] & {} }
}

async function ask(question: PersonQuestion): Promise<ElicitAnswer | undefined> {
  const terminal = new Terminal()
  try {
    return await askPerson(question, { prompt: (text) => terminal.prompt(text), say: (line) => terminal.say(line) })
  } finally {
    terminal.close()
  }
}

/** What to write, for people. */
export function howToAnswer(question: PersonQuestion): string {
  if ('url' in question) return `Open ${question.url}, then write --accept; or --decline, or --cancel.`
  const names = Object.keys(propertiesOf(question.fields))
  const words = [...(names.some((name) => OWN_OPTIONS.has(name)) ? ['--'] : []), ...names.map((name) => `--${name} …`)]
  return `Write ${words.join(' ')}, or --json '{…}', --decline or --cancel.`
}
