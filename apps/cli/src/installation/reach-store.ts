import { Connection } from '@longhaul/store'
import type { Settings } from '@longhaul/task'

/** A connection for a command, once it is there. @throws Error that says why the store cannot be used */
export async function reachStore(url: string, settings: Settings): Promise<Connection> {
  let reason: string | undefined
  // What was said last says most: first it is only that a connection was closed.
  const onState = (_: string, why = reason) => (reason = why)
  const connection = new Connection({ url, settings, whenAway: 'fail', onState, onlyLooks: true })
  try {
    await connection.admitted()
    return connection
  } catch (error) {
    await connection.close()
    if (reason === undefined) throw error
    throw new Error(`The store cannot be used: ${reason}. 'longhaul doctor' says what to do.`)
  }
}
