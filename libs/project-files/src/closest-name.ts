/** Letters that may be wrong in a name for it still to be taken as meant. */
const MOST_WRONG = 2

/** The one of `names` that somebody who wrote `written` most likely meant; case, `-` and `_` count for nothing. */
export function closestName(written: string, names: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[-_\s]/g, '')
  const limit = Math.min(MOST_WRONG, Math.floor(written.length / 3))
  const ranked = names
    .map((name) => ({ name, distance: editDistance(plain(written), plain(name)) }))
    .filter(({ distance }) => distance <= limit)
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.name
}

/** Least number of letters to insert, remove or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1]
    for (let column = 0; column < b.length; column++) {
      const replaced = (previous[column] ?? 0) + (letter === b[column] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
