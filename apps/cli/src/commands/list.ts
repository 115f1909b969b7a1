import type { DeadTask } from '@longhaul/task'
import { renderTable } from '../render-table.ts'
import { withEngine } from '../with-engine.ts'

export interface ListOptions {
  readonly dead?: boolean
  /** Id of a task. */
  readonly tree?: string
  readonly json?: boolean
}

/** Prints the tasks that their workers died with, newest first: a table for people, or one JSON object a line. */
export async function listDead({ json = false }: ListOptions): Promise<void> {
  const dead = await withEngine((engine, operator) => engine.listDead(operator))
  if (json) for (const one of dead) console.log(JSON.stringify(toJson(one)))
  else console.log(dead.length > 0 ? toTable(dead) : 'No task failed because its workers died with it.')
}

const toJson = ({ task, deaths }: DeadTask) => ({
  id: task.id,
  tool: task.head.tool,
  owner: task.head.owner,
  deaths,
  at: new Date(task.updatedAt).toISOString(),
  reason: task.statusMessage,
})

function toTable(dead: readonly DeadTask[]): string {
  const rows = dead.map(toJson).map(({ id, tool, owner, deaths, at, reason = '' }) => {
    const { issuer, subject, tenant } = owner
    return [id, tool, [tenant, issuer, subject].filter(Boolean).join('/'), String(deaths), at, reason]
  })
  return renderTable([['ID', 'TOOL', 'OWNER', 'DEATHS', 'WHEN', 'REASON'], ...rows])
}
