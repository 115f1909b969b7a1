import { ProtocolError } from '@modelcontextprotocol/client'
import type { AccessTokens } from './access-tokens.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { describeConnectFailure } from './failure.ts'
import { HttpTransport } from './http-transport.ts'
import { type ServerConfig, type StdioServer, withoutSecrets } from './server-config.ts'
import { StdioTransport } from './stdio-transport.ts'

export interface OpenOptions extends ConnectionOptions {
  /** The project's folder, where child processes run. */
  readonly dir: string
  /** Longest wait for the handshake, in milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Of a server that wants access tokens. */
  readonly tokens?: AccessTokens
}

/**
 * Starts or reaches a server and shakes hands with it, in whichever era it speaks.
 *
 * Over HTTP the modern era is asked for first, at the price of one request. A process is asked with the handshake of
 * 2025, which every server but one for 2026 alone answers: probing first would cost a second process, or its timeout
 * where a server ignores what it does not know. Only where that handshake is refused, modern is asked for.
 * @throws Error that says in words what failed, without configured secrets
 */
export async function openConnection(server: ServerConfig, options: OpenOptions): Promise<Connection> {
  if (server.kind === 'http') {
    const connection = new Connection('auto', options)
    await explained(server, { stderr: [], options }, () =>
      connection.connect(new HttpTransport(server, options), toRequest(options)),
    )
    return connection
  }
  try {
    return await startProcess(server, 'legacy', options)
  } catch (error) {
    if (!(error instanceof Error && error.cause instanceof ProtocolError)) throw error
    return await startProcess(server, 'auto', options)
  }
}

async function startProcess(server: StdioServer, era: 'legacy' | 'auto', options: OpenOptions): Promise<Connection> {
  const transport = new StdioTransport(server, options.dir)
  const connection = new Connection(era, options)
  const { stderrLines: stderr } = transport
  await explained(server, { stderr, options }, () => connection.connect(transport, toRequest(options)))
  return connection
}

const toRequest = ({ signal, timeoutMs }: OpenOptions) => ({ signal, timeout: timeoutMs })

async function explained(
  server: ServerConfig,
  { stderr, options }: { readonly stderr: readonly string[]; readonly options: OpenOptions },
  connect: () => Promise<void>,
): Promise<void> {
  try {
    await connect()
  } catch (error) {
    const last = stderr.length > 0 ? `; its last words: ${stderr.join(' | ')}` : ''
    throw new Error(withoutSecrets(server, describeConnectFailure(error, options.timeoutMs) + last), { cause: error })
  }
}
