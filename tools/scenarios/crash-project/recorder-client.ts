/** What happens outside of Longhaul, as the one who did it tells the recorder of the test. */
export interface Report {
  readonly phase: 'begun' | 'ended' | 'aborted' | 'cancelled'
  /** Which effect of which run, for example `upstream-ask/t2`. */
  readonly what: string
  readonly key?: string
  /** Process id of the worker. */
  readonly worker: number
  /** Unix ms at which it happened. */
  readonly at: number
}

/** Tells the recorder, and goes on when it says so: the test may hold the reply back. */
export async function report(told: Omit<Report, 'at'> & { readonly at?: number }): Promise<void> {
  const { CRASH_RECORDER = '' } = process.env
  const reply = await fetch(CRASH_RECORDER, { method: 'POST', body: JSON.stringify({ at: Date.now(), ...told }) })
  await reply.text()
}

/** An effect with a beginning and an end that a test can stop at. */
export async function effect(what: string, { key, worker }: Pick<Report, 'key' | 'worker'>): Promise<string> {
  await report({ phase: 'begun', what, worker, ...(key !== undefined && { key }) })
  await report({ phase: 'ended', what, worker, ...(key !== undefined && { key }) })
  return `${what} is done`
}
