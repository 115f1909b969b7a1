import type { Settings } from '@longhaul/task'

/** A path of this server as clients know it: behind the one that a proxy has taken off, if there is a proxy. */
export const toPublicPath = (path: string, { publicUrl }: Pick<Settings, 'publicUrl'>): string =>
  publicUrl === '' ? path : `${new URL(publicUrl).pathname.replace(/\/$/, '')}${path}`
