/** What became of each item, in order: undefined where it was not begun. */
export type Settled<T> = PromiseSettledResult<T> | undefined

/** Does something for each item, `limit` at once, in order. None is begun after a failure that `endsAll`. */
export async function forEach<Item, T>(
  items: readonly Item[],
  { limit, endsAll }: { readonly limit: number; readonly endsAll: (reason: unknown) => boolean },
  body: (item: Item, index: number) => Promise<T>,
): Promise<readonly Settled<T>[]> {
  const settled: Settled<T>[] = items.map(() => undefined)
  let next = 0
  let isOver = false
  const work = async () => {
    while (next < items.length && !isOver) {
      const index = next++
      try {
        settled[index] = { status: 'fulfilled', value: await body(items[index] as Item, index) }
      } catch (reason) {
        isOver ||= endsAll(reason)
        settled[index] = { status: 'rejected', reason }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return settled
}
