export { hashKey, parseApiKeys } from './guards/api-keys.ts'
export { type CoordinatorOptions, type RunningCoordinator, startCoordinator } from './start-coordinator.ts'
