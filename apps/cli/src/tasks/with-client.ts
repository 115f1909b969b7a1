import { findInstallation, type Where } from '../installation/find-installation.ts'
import { TaskClient } from './task-client.ts'

/** Does something with the tasks of an installation. @throws Error that says what to do; see TaskClient */
export async function withClient<T>(where: Where, work: (client: TaskClient) => Promise<T>): Promise<T> {
  const { endpoint, close } = await findInstallation(where)
  try {
    return await work(new TaskClient(endpoint))
  } finally {
    await close()
  }
}
