import type { Settings } from './settings.ts'

/** What an acknowledged change survives, in a line for people. */
export function describeDurability({ durability, replicas }: Pick<Settings, 'durability' | 'replicas'>): string {
  switch (durability) {
    case 'fsync':
      return 'fsync: what is acknowledged is on the disk of the store'
    case 'replica':
      return `replica: what is acknowledged is in the memory of ${replicas === 1 ? 'a replica' : `${replicas} replicas`}`
    case 'process':
      return 'process: what is acknowledged survives every process of Longhaul, and a crash of the store as its settings allow'
  }
}
