/** Folder of the embedded store inside `.longhaul`, and the file in it that Valkey loads at boot (the name is fixed). */
export const EMBEDDED_FOLDER = 'embedded'
export const SNAPSHOT_FILE = 'dump.rdb'
/** Folder of a native server inside `.longhaul`. */
export const NATIVE_FOLDER = 'redis'

/** Least time between two snapshots, like that of an append-only file synced every second on a busy disk. */
export const SNAPSHOT_EVERY_MS = 2000
/** The store stands still while it saves; it then runs at least this many times as long, whatever its size. */
export const SNAPSHOT_REST = 10

/** One line for people: what a crash may lose. */
export const DURABILITY = {
  external: 'What a crash of it may lose depends on its appendonly and appendfsync settings.',
  native:
    'A crash of this machine, or of the server while the disk stalls, may lose the last 2 seconds of acknowledged ' +
    'changes. The death of any other process loses nothing.',
  synced: 'Each change is on disk before it is acknowledged, so that no crash loses any.',
  embedded:
    'A crash of this machine, or of the store process, loses what changed since the last snapshot: the last 2 seconds, ' +
    'or 10 times the duration of a snapshot where that is longer. The death of any other process loses nothing.',
  memory: 'In memory only: everything is gone when it stops.',
} as const
