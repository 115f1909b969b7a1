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
    // Less than LONGHAUL_STORE_ANSWER_MS at least.
    { most: 1500 },
  ),
  storeAnswerMs: integer(
    'LONGHAUL_STORE_ANSWER_MS',
    2000,
    'Longest time that a coordinator waits for an answer of the store before it tells whoever asked to try again; a worker waits as long as it takes.',
    // More than LONGHAUL_REPLICA_TIMEOUT_MS at most, and less than the time after which a silent connection is opened anew.
    { least: 2000, most: 10_000 },
  ),
}
