/**
 * Every key that BullMQ keeps of our queues, with what ends it; in the form of the store's KEY_RULES. Groups: `queue`,
 * and `job` where the key is a wake-up, by the number that BullMQ gave it.
 */
export const QUEUE_KEY_RULES: readonly { readonly pattern: RegExp; readonly ends: string; readonly expires?: true }[] =
  [
    { pattern: /^\{lh:queue\}:(?<queue>[^:]+):(?<job>\d+)$/, ends: 'when the wake-up is done' },
    { pattern: /^\{lh:queue\}:[^:]+:\d+:lock$/, ends: 'with its holder', expires: true },
    { pattern: /^\{lh:queue\}:[^:]+:(wait|prioritized|active|stalled)$/, ends: 'when no wake-up is left' },
    { pattern: /^\{lh:queue\}:[^:]+:de:[\w-]{24}$/, ends: 'when the wake-up of the task is done' },
    { pattern: /^\{lh:queue\}:[^:]+:dn:[\w-]{24}$/, ends: 'when the run ends during which the wake-up came' },
    { pattern: /^\{lh:queue\}:[^:]+:stalled-check$/, ends: 'some seconds after the last check', expires: true },
    { pattern: /^\{lh:queue\}:[^:]+:(id|meta|marker|pc)$/, ends: 'never; one of each per queue' },
    { pattern: /^\{lh:queue\}:[^:]+:events$/, ends: 'never; capped by BullMQ' },
  ]
