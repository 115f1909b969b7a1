import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { RPC, RpcError } from '@longhaul/protocol'
import type { Settings } from '@longhaul/task'
import { Bridge } from './bridge.ts'
import type { Endpoint } from './endpoint.ts'
import { Http } from './http.ts'
import type { Log } from './log.ts'
import { Outage } from './outage.ts'
import { Output } from './output.ts'
import { readLines } from './read-lines.ts'

/**
 * Time that answers on their way still have when the client has closed its end. Clients of the SDKs kill what does not
 * end within 2 seconds.
 */
const LAST_ANSWERS_WITHIN_MS = 1000

export interface StdioOptions {
  readonly input: Readable
  readonly output: Writable
  readonly endpoint: Endpoint
  readonly settings: Pick<
    Settings,
    | 'maxBodyBytes'
    | 'maxStdioRequests'
    | 'maxStdioUndelivered'
    | 'maxBatchMessages'
    | 'deliveredWithinMs'
    | 'reachWaitMs'
  >
  readonly log: Log
  /** Resolves when this process is told to end. */
  readonly stopped: Promise<unknown>
}

/**
 * MCP over two streams, each message one line (R4), carried to an installation over HTTP.
 * @returns why it ended: the client has closed one of them, or it was told to
 */
export async function serveStdio(options: StdioOptions): Promise<string> {
  const { input, endpoint, settings, log } = options
  const output = new Output(options.output)
  const outage = new Outage({ waitMs: settings.reachWaitMs, log })
  const http = new Http(endpoint, outage)
  const bridge = new Bridge({ http, outage, output, log }, settings)
  const leaving = Promise.race([
    output.gone.then(() => 'the client does not read any more'),
    options.stopped.then(() => 'told to end'),
  ])
  const reading = readAll(input, bridge, settings.maxBodyBytes).then(async () => {
    await Promise.race([bridge.settled(), delay(LAST_ANSWERS_WITHIN_MS)])
    return 'the client has closed its end'
  })
  const reason = await Promise.race([leaving, reading])
  await bridge.close()
  await Promise.race([output.flushed(), delay(LAST_ANSWERS_WITHIN_MS)])
  return reason
}

async function readAll(input: Readable, bridge: Bridge, maxBytes: number): Promise<void> {
  const tooLong = new RpcError(
    RPC.invalidRequest,
    `The line is longer than ${maxBytes} bytes (LONGHAUL_MAX_BODY_BYTES), and was not read.`,
  )
  try {
    for await (const line of readLines(input, maxBytes)) {
      if (line.kind === 'too long') await bridge.refuse(tooLong)
      else if (line.kind === 'not UTF-8') await bridge.refuse(new RpcError(RPC.parseError, 'The line is not UTF-8.'))
      else if (line.text.trim() !== '') await bridge.take(line.text)
    }
  } catch {
    // The other end broke: nothing more will come.
  }
}
