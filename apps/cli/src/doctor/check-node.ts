import type { Finding } from './finding.ts'

/** The newest line of Node that the package is tried on. */
const NEWEST_TRIED = 26

export async function checkNode(): Promise<readonly Finding[]> {
  const [major = 0] = process.versions.node.split('.').map(Number)
  const says = `${process.version}, ${process.execPath}`
  if (major <= NEWEST_TRIED && major % 2 === 0) return [{ about: 'node', verdict: 'ok', says }]
  const fix = 'Longhaul is tried on 22.18, 24 and 26: where something is odd, try one of these.'
  return [{ about: 'node', verdict: 'warning', says, fix }]
}
