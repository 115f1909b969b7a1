import { resolve } from 'node:path'
import { readSettings } from '@longhaul/task'
import { checkCallers } from '../doctor/check-callers.ts'
import { checkEnvFile } from '../doctor/check-env-file.ts'
import { checkNode } from '../doctor/check-node.ts'
import { checkPort } from '../doctor/check-port.ts'
import { checkModel, checkProject } from '../doctor/check-project.ts'
import { checkSettings } from '../doctor/check-settings.ts'
import { checkStore } from '../doctor/check-store.ts'
import type { Check, Finding } from '../doctor/finding.ts'
import { loadEnvFile } from '../env-file.ts'

export interface DoctorOptions {
  readonly json?: boolean
}

/** Prints what was checked, and how to mend what is wrong. Exits with 1 where something is. */
export async function doctor(project: string, { json = false }: DoctorOptions): Promise<void> {
  const dir = resolve(project)
  loadEnvFile(dir)
  let isFaulty = false
  for (const check of checksOf(dir)) {
    for (const finding of await check()) {
      console.log(json ? JSON.stringify(finding) : render(finding))
      isFaulty ||= finding.verdict === 'fault'
    }
  }
  // What a tool file has begun when it was loaded does not keep this process.
  process.exit(isFaulty ? 1 : 0)
}

function checksOf(dir: string): readonly Check[] {
  return [
    checkNode,
    checkSettings,
    () => checkEnvFile(dir),
    ...withSettings((settings) => [
      () => checkStore(dir, settings),
      () => checkPort(dir, settings),
      () => checkCallers(settings),
    ]),
    () => checkModel(dir),
    ...withSettings(() => [() => checkProject(dir)]),
  ]
}

/** None where the settings cannot be used: that is a finding already. */
function withSettings(checks: (settings: ReturnType<typeof readSettings>) => readonly Check[]): readonly Check[] {
  try {
    return checks(readSettings(process.env))
  } catch {
    return []
  }
}

const SIGNS = { ok: 'ok      ', warning: 'warning ', fault: 'FAULT   ' } as const

function render(finding: Finding): string {
  const line = `${SIGNS[finding.verdict]} ${finding.about.padEnd(9)} ${finding.says}`
  return finding.verdict === 'ok' ? line : `${line}\n${' '.repeat(19)}${finding.fix}`
}
