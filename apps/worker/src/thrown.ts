/**
 * Kind and place of what the user's code threw, for the log. Its message may repeat arguments, so no log has it; it is
 * in the task's result.
 */
export function describeThrown(error: unknown): { readonly thrown: string; readonly at?: readonly string[] } {
  if (!(error instanceof Error)) return { thrown: typeof error }
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return { thrown: error.name, ...(frames && { at: frames.map((line) => line.trim()) }) }
}
