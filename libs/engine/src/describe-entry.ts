import type { CatalogEntry } from '@longhaul/task'

/** What is called, in words. */
export const describeEntry = ({ name, as }: CatalogEntry): string =>
  as?.kind === 'prompt' ? `prompt '${as.name}'` : as ? name : `tool '${name}'`
