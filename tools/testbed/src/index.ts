export { needs } from './needs.ts'
export { type Exit, type SpawnedNode, type SpawnNodeOptions, spawnNode } from './spawn-node.ts'
export { startTestStore, type TestStore, type TestStoreKind } from './start-test-store.ts'
