/**
 * Rights over the tasks of others, within the principal's tenant if it has one. Over its own tasks a principal needs none of them.
 * `tasks:admin` includes the others.
 */
export const SCOPES = ['tasks:read', 'tasks:answer', 'tasks:cancel', 'tasks:admin'] as const
export type Scope = (typeof SCOPES)[number]

/** Whose a task is. Two principals with equal owners own the same tasks, whichever client they use. */
export interface Owner {
  readonly issuer: string
  readonly subject: string
  readonly tenant?: string
}

/** Who asks. Comes from the verified credential of the request, never from what the request says. */
export interface Principal {
  readonly owner: Owner
  /** Recorded for the audit, never compared. */
  readonly clientId?: string
  readonly scopes: readonly Scope[]
}

/** One string per owner, equal exactly when the owners are. */
export const ownerKey = (owner: Owner): string => JSON.stringify([owner.issuer, owner.subject, owner.tenant ?? ''])

/** Whether `principal` may do what `scope` names to a task of `owner`. */
export const mayAccess = (principal: Principal, owner: Owner, scope: Scope): boolean =>
  ownerKey(principal.owner) === ownerKey(owner) || (isWithin(principal.owner, owner) && hasScope(principal, scope))

/** Whether `principal` may do what `scope` names to tasks of others, if to some only. */
export const hasScope = ({ scopes }: Principal, scope: Scope): boolean =>
  scopes.includes(scope) || scopes.includes('tasks:admin')

/** Scopes hold within a tenant, which is that of its issuer alone; who has none runs the installation. */
const isWithin = ({ tenant, issuer }: Owner, owner: Owner): boolean =>
  !tenant || (tenant === owner.tenant && issuer === owner.issuer)
