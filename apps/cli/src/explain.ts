/** An error in a person's words; the code of a system error stays, since it can be looked up. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Set PORT to another one, or 0 for a free one.`
  return error.message
}
