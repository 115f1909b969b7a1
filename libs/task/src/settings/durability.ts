import { choice, integer } from './setting.ts'

export const DURABILITY = {
  durability: choice(
    'LONGHAUL_DURABILITY',
    'process',
    'What an acknowledged change survives: `process` the death of any process of Longhaul, `fsync` a crash of the store and its machine, `replica` their loss (see durability.md).',
    ['process', 'fsync', 'replica'],
  ),
  durabilityCheck: choice(
    'LONGHAUL_DURABILITY_CHECK',
    'config',
    'How `fsync` is made sure of: `config` asks the store for its settings; `trust` takes your word, for a store that forbids CONFIG.',
    ['config', 'trust'],
  ),
  replicas: integer('LONGHAUL_REPLICAS', 1, 'Replicas that must have a change before it counts, with `replica`.'),
  replicaTimeoutMs: integer(
    'LONGHAUL_REPLICA_TIMEOUT_MS',
    1000,
    'Time the replicas have for that, before a submitter is told to try again.',
    { most: 1500 },
  ),
}
