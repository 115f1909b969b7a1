/** An error in a person's words; the code of a system error stays where it has none, since it can be looked up. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken. Set PORT to another one, or 0 for a free one.`
    case 'EACCES':
      if (port === undefined) return error.message
      return `Port ${port} may not be used by this user. Set PORT to one from 1024 on.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      if (address === undefined && code === 'EADDRNOTAVAIL') return error.message
      return `LONGHAUL_HOST is no address of this machine (${error.message}).`
    default:
      return error.message
  }
}
