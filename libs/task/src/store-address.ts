export interface StoreHost {
  readonly host: string
  readonly port: number
}

export interface StoreCredentials {
  readonly username?: string
  readonly password?: string
}

interface AddressBase {
  readonly isTls: boolean
  readonly credentials: StoreCredentials
}
/** Where the store is, as REDIS_URL says it. */
export type StoreAddress = AddressBase &
  (
    | ({ readonly kind: 'single'; readonly db: number } & StoreHost)
    | {
        readonly kind: 'sentinel'
        readonly sentinels: readonly StoreHost[]
        /** The name under which the sentinels know the master. */
        readonly master: string
        readonly db: number
        readonly sentinelCredentials: StoreCredentials
      }
    /** Any nodes of the cluster; they name the others. A cluster has one database. */
    | { readonly kind: 'cluster'; readonly nodes: readonly StoreHost[] }
  )

const FORMS =
  'It takes redis://user:password@host:6379/0, redis+sentinel://host1:26379,host2:26379/MASTER?db=0 or ' +
  'redis+cluster://host1:6379,host2:6379; rediss instead of redis encrypts.'

const URL_PARTS = /^(rediss?)(?:\+(\w+))?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i

/** @throws Error that says what to write. Never with a part of the value: it may hold a password. */
export function parseStoreUrl(url: string): StoreAddress {
  const [, scheme, suffix, user, hostList, path = '', query] = URL_PARTS.exec(url.trim()) ?? []
  if (scheme === undefined || hostList === undefined) throw wrong('it is not a URL of a store')
  const base = { isTls: scheme.toLowerCase() === 'rediss', credentials: parseCredentials(user) }
  const options = new URLSearchParams(query)
  const [name = '', ...more] = path.split('/').map(decode)
  switch (suffix?.toLowerCase()) {
    case undefined: {
      const [host, ...others] = parseHosts(hostList, 6379)
      if (others.length > 0 || !host) throw wrong('several hosts need redis+sentinel:// or redis+cluster://')
      takeOnly(options, ['db'])
      if (more.length > 0) throw wrong('only the number of a database may follow the host')
      return { ...base, kind: 'single', ...host, db: parseDb(name, options) }
    }
    case 'sentinel': {
      const sentinels = parseHosts(hostList, 26379)
      takeOnly(options, ['db', 'sentinel_username', 'sentinel_password'])
      if (name === '') throw wrong('the name of the master is missing after the sentinels')
      if (more.length > 1) throw wrong('only the name of the master and the number of a database may follow the hosts')
      const [username, password] = ['sentinel_username', 'sentinel_password'].map((key) => options.get(key))
      const sentinelCredentials = { ...(username && { username }), ...(password && { password }) }
      return { ...base, kind: 'sentinel', sentinels, master: name, db: parseDb(more[0], options), sentinelCredentials }
    }
    case 'cluster': {
      const nodes = parseHosts(hostList, 6379)
      takeOnly(options, ['db'])
      if (more.length > 0 || parseDb(name, options) !== 0) throw wrong('a cluster has only the database 0')
      return { ...base, kind: 'cluster', nodes }
    }
    default:
      throw wrong('there is no such scheme')
  }
}

const wrong = (what: string): Error => new Error(`REDIS_URL cannot be used: ${what}. ${FORMS}`)

function parseCredentials(user: string | undefined): StoreCredentials {
  if (user === undefined) return {}
  const colon = user.indexOf(':')
  const username = decode(colon < 0 ? user : user.slice(0, colon))
  const password = colon < 0 ? '' : decode(user.slice(colon + 1))
  return { ...(username && { username }), ...(password && { password }) }
}

function parseHosts(list: string, defaultPort: number): StoreHost[] {
  return list.split(',').map((part) => {
    const [, ipv6, name = ipv6, port = defaultPort] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(part) ?? []
    if (name === undefined) throw wrong('a host is missing, or is not of the form host:port')
    if (Number(port) < 1 || Number(port) > 65_535) throw wrong('a port is not a number from 1 to 65535')
    return { host: name, port: Number(port) }
  })
}

/** From the path or from the option `db`; the option counts where both are there. */
function parseDb(path: string | undefined, options: URLSearchParams): number {
  const db = options.get('db') ?? (path || '0')
  if (!/^\d{1,5}$/.test(db)) throw wrong('the database is not a number')
  return Number(db)
}

function takeOnly(options: URLSearchParams, names: readonly string[]): void {
  if ([...options.keys()].some((key) => !names.includes(key))) {
    throw wrong(`of options behind a question mark only ${names.join(', ')} can be there`)
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('a percent sign must be written %25')
  }
}
