import type { CatalogEntry } from '@longhaul/task'

/** Names one definition and version of a tool among all that workers announce. A hash has no space or colon, a name may. */
export const toOffer = ({ name, definition, version, pin }: CatalogEntry): string =>
  `${definition}:${version ?? pin?.hash ?? ''} ${name}`

export interface Offer {
  readonly name: string
  readonly version: string
}

export function parseOffer(offer: string): Offer {
  const [, version = '', name = ''] = /^[^:]*:(\S*) (.*)$/s.exec(offer) ?? []
  return { name, version }
}

/** What is listed, and what was announced: by `toOffer`, when it last was and when it first was, Unix ms. */
export interface Announced {
  /** By name, as JSON. */
  readonly listed: Readonly<Record<string, string>>
  readonly seen: ReadonlyMap<string, number>
  readonly since: ReadonlyMap<string, number>
}

export interface CatalogChange {
  /** To be listed from now on. */
  readonly fresh: readonly CatalogEntry[]
  /** Names to be listed no more. */
  readonly gone: readonly string[]
  /** Offers that nobody makes any more. */
  readonly stale: readonly string[]
}

/**
 * What changes as a worker announces `entries` at `now`. Of several definitions of a tool that workers have side by side
 * the newest is listed, the one that was announced first at the latest time.
 */
export function changeOf(
  { listed, seen, since }: Announced,
  entries: readonly CatalogEntry[],
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): CatalogChange {
  const own = new Set(entries.map(toOffer))
  const isOffered = (offer: string) => own.has(offer) || (seen.get(offer) ?? 0) > now - graceMs
  const rank = (offer: string) => ({ offer, at: since.get(offer) ?? now })
  const isListedNewer = (mine: CatalogEntry, text: string | undefined) => {
    if (text === undefined) return false
    const [other, one] = [rank(toOffer(JSON.parse(text))), rank(toOffer(mine))]
    if (!isOffered(other.offer)) return false
    return other.at > one.at || (other.at === one.at && other.offer > one.offer)
  }
  const offers = [...seen.keys()]
  const offeredNames = new Set([...own, ...offers.filter(isOffered)].map((offer) => parseOffer(offer).name))
  return {
    fresh: entries.filter(
      (entry) => listed[entry.name] !== JSON.stringify(entry) && !isListedNewer(entry, listed[entry.name]),
    ),
    gone: Object.keys(listed).filter((name) => !offeredNames.has(name)),
    stale: offers.filter((offer) => !isOffered(offer)),
  }
}
