import type { Owner } from '@longhaul/task'

/** Whose a task is, for people. */
export const nameOwner = ({ issuer, subject, tenant }: Owner): string =>
  [tenant, issuer, subject].filter(Boolean).join('/')

/** Whom a person means: whoever is shown so, or the name of an API key. Without a tenant: those are in no installation yet. */
export function parseOwner(name: string): Owner {
  const at = name.lastIndexOf('/')
  return at < 0 ? { issuer: 'api-key', subject: name } : { issuer: name.slice(0, at), subject: name.slice(at + 1) }
}
