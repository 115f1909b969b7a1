export { hashKey, parseApiKeys } from './guards/api-keys.ts'
export { checkOAuthSettings } from './oauth/check-settings.ts'
export { discover } from './oauth/discover.ts'
export { type CoordinatorOptions, type RunningCoordinator, startCoordinator } from './start-coordinator.ts'
