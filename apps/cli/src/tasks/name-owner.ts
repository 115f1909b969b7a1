import type { Owner } from '@longhaul/task'

/** Whose a task is, for people. */
export const nameOwner = ({ issuer, subject, tenant }: Owner): string =>
  [tenant, issuer, subject].filter(Boolean).join('/')
