/** Where the result of a tool step can be read, by whoever may read the task. */
export const resultUri = (taskId: string, step: string): string =>
  `longhaul://tasks/${taskId}/results/${encodeURIComponent(step)}`

/** What the models of an agent call the result of a step: its key, without those of the tools that it is in. */
export const resultName = (step: string): string => step.slice(step.lastIndexOf('/') + 1)
