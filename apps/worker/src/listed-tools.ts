import { toCatalogEntry } from '@longhaul/runtime'
import type { Catalog, CatalogEntry } from '@longhaul/task'
import type { Definitions } from './definitions.ts'

/** What tasks of this worker can call as tasks of their own: what it runs itself, and what other workers announce. */
export class ListedTools {
  readonly #definitions: Pick<Definitions, 'find'>
  readonly #catalog: Catalog
  #announced: ReadonlyMap<string, CatalogEntry> = new Map()

  constructor(definitions: Pick<Definitions, 'find'>, catalog: Catalog) {
    this.#definitions = definitions
    this.#catalog = catalog
  }

  find(name: string): CatalogEntry | undefined {
    const own = this.#definitions.find(name)
    return own ? toCatalogEntry(own) : this.#announced.get(name)
  }

  /** To be called when something was announced, and now and then. */
  async refresh(): Promise<void> {
    const entries = await this.#catalog.entries()
    this.#announced = new Map(entries.map((entry) => [entry.name, entry]))
  }
}
