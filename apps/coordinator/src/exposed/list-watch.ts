import type { CatalogReader } from '@longhaul/store'
import type { CatalogEntry, Unsubscribe } from '@longhaul/task'

export type ListName = 'tools' | 'prompts' | 'resources'

export interface ListWatchOptions {
  readonly catalog: CatalogReader
  readonly lists: readonly ListName[]
  readonly onChanged: (list: ListName) => void
}

/** Tells which lists have changed since it was last looked at them. */
export class ListWatch {
  readonly #options: ListWatchOptions
  /** What there was when it was last told, by list. */
  readonly #told = new Map<ListName, string>()

  constructor(options: ListWatchOptions) {
    this.#options = options
  }

  /** Calls `onNews` when it is worth looking. A message may be lost; look now and then. */
  async open(onNews: () => void): Promise<Unsubscribe> {
    if (this.#options.lists.length === 0) return async () => {}
    for (const [list, now] of await this.#read()) this.#told.set(list, now)
    return this.#options.catalog.watch(onNews)
  }

  async look(): Promise<void> {
    for (const [list, now] of await this.#read()) {
      if (this.#told.get(list) === now) continue
      this.#told.set(list, now)
      this.#options.onChanged(list)
    }
  }

  async #read(): Promise<ReadonlyMap<ListName, string>> {
    const { catalog, lists } = this.#options
    if (lists.length === 0) return new Map()
    const entries = await catalog.entries()
    const of = (list: ListName) => entries.filter((entry) => listOf(entry) === list).map(({ definition }) => definition)
    return new Map(lists.map((list) => [list, JSON.stringify(of(list))]))
  }
}

/** The list that an entry is in; one that goes along with a template changes what that lists. */
function listOf({ as }: CatalogEntry): ListName | undefined {
  switch (as?.kind) {
    case undefined:
      return 'tools'
    case 'prompt':
      return 'prompts'
    case 'resource':
    case 'template':
    case 'listing':
      return 'resources'
    case 'completion':
    case 'undo':
      return undefined
  }
}
