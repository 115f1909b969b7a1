import type { AccessTokens } from './access-tokens.ts'
import { Exchange } from './exchange.ts'
import { HttpTransport } from './http-transport.ts'
import type { Link } from './link.ts'
import type { HttpServer } from './server-config.ts'
import type { TaskHome } from './upstream-task.ts'

/** Goes on in a session that was opened elsewhere, perhaps by a worker that is dead, for as long as `use` takes. */
export async function inSession<T>(
  { server, tokens }: { readonly server: HttpServer; readonly tokens: AccessTokens | undefined },
  home: Extract<TaskHome, { kind: 'session' }>,
  use: (link: Link) => Promise<T>,
): Promise<T> {
  const transport = new HttpTransport(server, { resumed: home, tokens })
  await transport.start()
  const exchange = new Exchange(transport)
  const link: Link = {
    era: 'legacy',
    home,
    request: (outgoing) => exchange.request(outgoing),
    respond: (id, reply) => exchange.respond(id, reply),
  }
  try {
    return await use(link)
  } finally {
    await transport.close()
  }
}
