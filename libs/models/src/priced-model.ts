import type { Model } from './model.ts'
import { PRICES } from './price-table.ts'
import { costUsd, mostUsd, type PriceTable } from './prices.ts'

/** The model, which says what it costs, at most before a call, and in each answer. `prices`: those of the project, which count for more than our own. */
export function withPrices(model: Model, prices: () => PriceTable): Model {
  return {
    ...model,
    mostUsd: (tokens) => mostUsd(model.id, tokens, { tables: [prices(), PRICES] }),
    async generate(request, options) {
      const answer = await model.generate(request, options)
      const cost = answer.usage && costUsd(model.id, answer.usage, { tables: [prices(), PRICES] })
      return { ...answer, ...(cost !== undefined && { costUsd: cost }) }
    },
  }
}
