export type { Model } from '@longhaul/models'
export { createTestHarness, type HarnessOptions, type TestHarness } from './create-test-harness.ts'
export { scripted, type Turn } from './scripted.ts'
export type { TestTask } from './test-task.ts'
