import type { AskPolicy } from './ask-policy.ts'
import type { OAuthConfig } from './oauth-config.ts'
import type { TaskPolicy } from './task-policy.ts'

interface ServerBase {
  /** First part of its tools' names: 1 to 40 of `A-Za-z0-9_-`, without `__`, not ending with `_`. */
  readonly name: string
  /** Whether the annotations of its tools count (invariant 4). */
  readonly trusted: boolean
  /** Longest call of one of its tools, in milliseconds, where the file says so. */
  readonly timeoutMs?: number
  /** Longest time until it has started and shaken hands, in milliseconds, where the file says so. */
  readonly connectTimeoutMs?: number
  /** Which of its tools are tasks of their own; none where absent. */
  readonly exposed?: Exposed
  /** What it may ask of us; nothing where absent. */
  readonly asks?: AskPolicy
  /** Where it is configured; the line counts from 1. */
  readonly source: { readonly file: string; readonly line?: number }
}

/** Tools that are listed as durable tools, under the names that they have for agents. */
export interface Exposed {
  /** Over the names that its tools have after `server__`; one that begins with `!` takes out. */
  readonly globs: readonly string[]
  readonly policy: TaskPolicy
}

/** A server that runs as a child process and speaks over its standard input and output. */
export interface StdioServer extends ServerBase {
  readonly kind: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  /** Added to the few variables that every child gets (PATH, HOME and the like). May hold secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Relative to the project's folder, which is the default. */
  readonly cwd?: string
}

/** A server that is reached over Streamable HTTP. */
export interface HttpServer extends ServerBase {
  readonly kind: 'http'
  readonly url: string
  /** Sent with every request. May hold secrets. */
  readonly headers: Readonly<Record<string, string>>
  /** How to get access tokens for it, where it wants such. */
  readonly oauth?: OAuthConfig
}

/** A server that is sent access tokens. */
export type AuthorizedServer = HttpServer & { readonly oauth: OAuthConfig }

/** An upstream MCP server as the project configures it, variables expanded. */
export type ServerConfig = StdioServer | HttpServer

/** A text for a log line or a message: every configured value is blanked that is long enough to be a secret. */
export const withoutSecrets = (server: ServerConfig, text: string): string =>
  secretsOf(server).reduce((shown, secret) => shown.replaceAll(secret, '***'), text)

function secretsOf(server: ServerConfig): string[] {
  const values = Object.values(server.kind === 'stdio' ? server.env : server.headers)
  const { proof, refreshToken = '' } = (server.kind === 'http' && server.oauth) || {}
  if (proof) values.push(proof.kind === 'secret' ? proof.clientSecret : proof.privateKey, refreshToken)
  // A header is often `Bearer TOKEN`: the token alone must not appear either.
  return values.flatMap((value) => [value, ...value.split(/\s+/)]).filter((value) => value.length >= 6)
}
