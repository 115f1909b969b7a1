import { RpcError } from '@longhaul/protocol'
import { taskNotFound } from '@longhaul/task'
import { findInstallation, type Where } from '../installation/find-installation.ts'
import { TaskClient } from './task-client.ts'

/** Does something with the tasks of an installation. @throws Error that says what to do; see TaskClient */
export async function withClient<T>(where: Where, work: (client: TaskClient) => Promise<T>): Promise<T> {
  const { place, endpoint, close } = await findInstallation(where)
  try {
    return await work(new TaskClient(endpoint))
  } catch (error) {
    if (!(error instanceof RpcError) || error.message !== taskNotFound().message) throw error
    throw new Error(
      `${error.message} ${place}. 'longhaul list' lists your tasks there; --project or --url names another installation.`,
    )
  } finally {
    await close()
  }
}
