/** What a store process is asked to do: its only argument, as JSON. */
export interface StoreOrder {
  /** The `.longhaul` folder. */
  readonly folder: string
  /** Whether data outlives the process. Without, nothing is locked and what is on disk is left alone. */
  readonly keep: boolean
  /** Whether each change is on disk before it is acknowledged; for native-server.ts. */
  readonly isSynced: boolean
  /** Path of valkey-server or redis-server, for native-server.ts. */
  readonly program?: string
}

/** What its parent tells it over IPC. `skip`: its clock is so much later from now on; only in memory, for tests. */
export type StoreRequest = 'stop' | { readonly skipMs: number }

/** What a store process tells its parent over IPC. */
export type StoreNews =
  /** `pid` is the process that listens: the store process itself, or the server that it watches over. */
  | { readonly type: 'ready'; readonly port: number; readonly pid: number }
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'skipped' }
  /** The last news: it did not start, or ends unasked. */
  | { readonly type: 'failed'; readonly reason: string }
