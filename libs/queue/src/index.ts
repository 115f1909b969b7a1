export type { QueueConnection } from './connection.ts'
export { QUEUE_KEY_RULES } from './keys.ts'
export { WakeUpWorker, type WakeUpWorkerOptions } from './wake-up-worker.ts'
export { BullWakeUps } from './wake-ups.ts'
