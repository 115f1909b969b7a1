export { checkProjectFolder } from './project-folder.ts'
export { resolveApi } from './resolve-api.ts'
export { type RunningWorker, startWorker, type WorkerOptions } from './start-worker.ts'
export { describeThrown } from './thrown.ts'
