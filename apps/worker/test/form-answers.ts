import type { QuestionWait } from '@longhaul/task'
import { expect } from 'vitest'
import type { WorkerStore } from './worker-store.ts'

/** The questions that a task asks, once there are any. */
export async function openQuestions(
  { engine, principal }: WorkerStore,
  taskId: string,
): Promise<readonly QuestionWait[]> {
  const read = async (): Promise<readonly QuestionWait[]> => {
    const questions = await engine.openQuestions(await engine.inspect(principal, taskId))
    return questions.map(({ wait }) => wait)
  }
  await expect.poll(async () => (await read()).length, { timeout: 25_000 }).toBeGreaterThan(0)
  return read()
}

interface FormAnswer {
  readonly taskId: string
  readonly key: string
  readonly content: Readonly<Record<string, string>>
}

/** Fills in a form. */
export const answerForm = ({ engine, principal }: WorkerStore, { taskId, key, content }: FormAnswer) =>
  engine.answer(principal, { taskId, key, reply: { kind: 'answer', answer: { action: 'accept', content } } })
