import { start } from './start.ts'

/** What is better while a project is written; what is set says otherwise. */
const WHILE_WRITING = { LONGHAUL_PROJECT_CHANGES: 'follow', LONGHAUL_WORKERS: '1' }

/** `start` for whoever writes a project: its changes are followed, and one worker has all its tasks. */
export async function dev(project: string): Promise<void> {
  return start(project, { defaults: WHILE_WRITING })
}
