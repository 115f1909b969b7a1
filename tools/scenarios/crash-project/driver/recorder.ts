import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Report } from '../recorder-client.ts'

/** A report whose sender waits. */
export interface Held {
  /** Resolves when the report is there. */
  readonly reached: Promise<Report>
  /** Lets the sender go on, now or when it comes. */
  open(): void
}

/** Counts effects where they happen, outside of Longhaul, and holds those up that a test wants to stop at. */
export interface Recorder extends AsyncDisposable {
  readonly url: string
  readonly reports: readonly Report[]
  /** Reports that something began, oldest first: one for each time it was done or at least attempted. */
  begun(what: string): readonly Report[]
  /** How often each effect of the run was begun. */
  counts(run: string): Readonly<Record<string, number>>
  /** Holds the next report of this kind up; later ones pass. */
  hold(what: string, phase?: Report['phase']): Held
  /** Takes a report from this process, like one from another. */
  take(report: Report): Promise<void>
  /** Resolves to the first report of this kind, when it is there. */
  first(what: string, phase: Report['phase']): Promise<Report>
}

export async function startRecorder(): Promise<Recorder> {
  const reports: Report[] = []
  const holds = new Map<string, { reached: (report: Report) => void; opened: Promise<void> }>()
  const firsts = new Map<string, PromiseWithResolvers<Report>>()

  const firstOf = (name: string) => {
    const first = firsts.get(name) ?? Promise.withResolvers<Report>()
    firsts.set(name, first)
    return first
  }
  const take = async (report: Report) => {
    reports.push(report)
    const name = `${report.phase} ${report.what}`
    firstOf(name).resolve(report)
    const held = holds.get(name)
    holds.delete(name)
    held?.reached(report)
    await held?.opened
  }
  const server = createServer(async (request, response) => {
    await take(JSON.parse(await text(request)))
    response.end()
  })
  // A worker may be frozen for longer than a connection is kept by default, and must find it as it was.
  server.keepAliveTimeout = 0
  await once(server.listen(0, '127.0.0.1'), 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reports,
    begun: (what) => reports.filter((report) => report.phase === 'begun' && report.what === what),
    counts(run) {
      const begun = reports.filter(({ phase, what }) => phase === 'begun' && what.startsWith(`${run}/`))
      const byEffect = Map.groupBy(begun, ({ what }) => what.slice(run.length + 1))
      return Object.fromEntries([...byEffect].map(([effect, { length }]) => [effect, length]))
    },
    hold(what, phase = 'begun') {
      const reached = Promise.withResolvers<Report>()
      const opened = Promise.withResolvers<void>()
      holds.set(`${phase} ${what}`, { reached: reached.resolve, opened: opened.promise })
      return { reached: reached.promise, open: opened.resolve }
    },
    take,
    first: (what, phase) => firstOf(`${phase} ${what}`).promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}
