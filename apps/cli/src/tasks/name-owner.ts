import type { Owner } from '@longhaul/task'

/** Whose a task is, for people. */
export const nameOwner = ({ issuer, subject, tenant }: Owner): string =>
  [tenant, issuer, subject].filter(Boolean).join('/')

/** `tenant/issuer`, where the issuer is one word or an address. */
const ISSUER = /^(?:(?<tenant>[^/:]+)\/)?(?<issuer>https?:\/\/.+|[^/]+)$/

/** Whom a person means: whoever is shown so, or the name of an API key. */
export function parseOwner(name: string): Owner {
  const at = name.lastIndexOf('/')
  if (at < 0) return { issuer: 'api-key', subject: name }
  const { tenant, issuer = name.slice(0, at) } = ISSUER.exec(name.slice(0, at))?.groups ?? {}
  return { issuer, subject: name.slice(at + 1), ...(tenant !== undefined && { tenant }) }
}
