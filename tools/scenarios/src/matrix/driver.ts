import type { Served } from '../wire-http.ts'

export interface Call {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}
export type Content = Readonly<Record<string, string>>

/** What a person does with a client, one verb for each thing. Rejects with what the client says when it cannot. */
export interface Driver {
  /** Calls a tool so that its task goes on by itself. @returns the task's id */
  submit(call: Call): Promise<string>
  status(taskId: string): Promise<string>
  /** Calls a tool, fills in the form that it asks for, and waits. @returns the text of the result */
  elicit(call: Call, content: Content): Promise<string>
  /** Calls a tool that runs on the client's own model, and waits. @returns the text of the result */
  sample(call: Call): Promise<string>
  cancel(taskId: string): Promise<void>
  /** Ids of tasks, the newest among them. */
  list(): Promise<readonly string[]>
  /** Waits for a task that it knows by its id. @returns the text of the result */
  result(taskId: string): Promise<string>
  /** Fills in the form that a task asks for which it knows by its id, and waits. @returns the text of the result */
  answer(taskId: string, content: Content): Promise<string>
}

/** A real client of the installation, which is asked to do the same as all others. */
export interface MatrixClient {
  /** As the client does it itself: by tasks, or in rounds. */
  readonly own: Driver
  /** The same, but what it cannot do itself by the tools about tasks. */
  readonly plain: Driver
  /** It dies without a word, and starts anew with what it had written down. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Where a client finds the installation, and who it is there. */
export interface Reach {
  /** For clients in this process, whose messages are checked. */
  readonly served: Served
  /** One address in front of all coordinators, for clients in processes of their own. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}
