/** What became of each item, in order: undefined where it was not begun. */
export type Settled<T> = PromiseSettledResult<T> | undefined

/** Does something for each item, `limit` at once, in order. After a failure none is begun where `isEager` is false. */
export async function forEach<Item, T>(
  items: readonly Item[],
  { limit, isEager }: { readonly limit: number; readonly isEager: boolean },
  body: (item: Item, index: number) => Promise<T>,
): Promise<readonly Settled<T>[]> {
  const settled: Settled<T>[] = items.map(() => undefined)
  let next = 0
  let hasFailed = false
  const work = async () => {
    while (next < items.length && (isEager || !hasFailed)) {
      const index = next++
      try {
        settled[index] = { status: 'fulfilled', value: await body(items[index] as Item, index) }
      } catch (reason) {
        hasFailed = true
        settled[index] = { status: 'rejected', reason }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return settled
}
