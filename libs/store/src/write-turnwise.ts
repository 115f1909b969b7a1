import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'

/**
 * Makes a client send all commands of one turn of the event loop in one write. Each write is a system call here and
 * one more read there, and costs as much as all the rest of a small command. No command waits: what answers have set
 * going is sent before anything else is read.
 */
export function writeTurnwise(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (...command) => {
    // Not there before the first connection; ioredis types it as what it is without `cork`.
    const socket = redis.stream as Socket | undefined
    if (socket?.writableCorked === 0) {
      socket.cork()
      // A command that is sent when a turn ends may have others follow it at once.
      queueMicrotask(() => process.nextTick(() => socket.uncork()))
    }
    return send(...command)
  }
  return redis
}
