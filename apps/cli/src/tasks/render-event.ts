import type { TaskEvent } from '@longhaul/task'

/** One event as a line for people, with the time of day here. */
export const renderEvent = (event: TaskEvent): string => {
  const time = new Date(event.at).toTimeString().slice(0, 8)
  return `${time}  ${describeEvent(event)}`
}

/** What tasks below one have done is a part of its next step, with many digits. */
const round = (progress: number): number => Math.round(progress * 100) / 100

export function describeEvent(event: TaskEvent): string {
  switch (event.type) {
    case 'progress': {
      const { progress, total, message } = event.progress
      return [`${round(progress)}${total === undefined ? '' : `/${total}`}`, message].filter(Boolean).join('  ')
    }
    case 'log': {
      const { level, data, logger } = event
      return `${level}: ${logger ? `${logger}: ` : ''}${typeof data === 'string' ? data : JSON.stringify(data)}`
    }
    case 'claimed':
      return `a worker has it (${event.worker})`
    case 'asked':
      return `it asks: ${event.keys.join(', ')}`
    case 'resolved':
      return `it goes on with: ${event.key}`
    case 'refused':
      return event.reason
    case 'stalled':
      return event.reason
    case 'finished':
      return event.status
    case 'handed_back':
      return 'its worker has handed it over'
    case 'steered':
      return 'its model was sent a message'
    case 'suspended':
      return 'it waits'
    default:
      return event.type
  }
}
