export type { QueueConnection } from './connection.ts'
export { WakeUpWorker, type WakeUpWorkerOptions } from './wake-up-worker.ts'
export { BullWakeUps } from './wake-ups.ts'
