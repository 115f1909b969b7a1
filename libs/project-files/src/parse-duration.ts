const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** Milliseconds of `90s`, `1.5h` or a number, which is milliseconds already; undefined for anything else. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(String(value).trim()) ?? []
  const factor = MS_PER_UNIT.get(unit)
  return factor === undefined ? undefined : Math.round(Number(amount) * factor)
}
