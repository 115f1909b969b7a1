import { type Setting, SUBJECTS } from '@longhaul/task'

/** docs/settings.md: the settings of each subject as a Markdown table. */
export function renderSettings(): string {
  return [
    '# Settings',
    '',
    'Every limit and interval, each an environment variable. A value that cannot be used stops the process at its start, with the name of the variable and what it takes.',
    '',
    'This file is written by `npm run settings` from [settings.ts](../libs/task/src/settings.ts).',
    '',
    ...Object.entries(SUBJECTS).flatMap(([subject, settings]) => [`## ${subject}`, '', ...renderTable(settings), '']),
  ].join('\n')
}

function renderTable(
  settings: Readonly<Record<string, Setting<string | number | readonly unknown[]>>>,
): readonly string[] {
  const rows = Object.entries(settings).map(([name, setting]) => [
    `\`${setting.env}\``,
    defaultOf(name, setting.default),
    setting.takes,
    setting.description,
  ])
  return [['Variable', 'Default', 'Takes', 'Meaning'], ['---', '---', '---', '---'], ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  )
}

function defaultOf(name: string, value: string | number | readonly unknown[]): string {
  if (typeof value !== 'number') return value.length === 0 ? 'empty' : `\`${value}\``
  if (name.endsWith('Ms')) return `\`${value}\` (${inUnits(value, DURATIONS)})`
  if (name.endsWith('Bytes')) return `\`${value}\` (${inUnits(value, SIZES)})`
  return `\`${value}\``
}

type Units = readonly (readonly [size: number, name: string])[]

const DURATIONS: Units = [
  [24 * 3600_000, 'd'],
  [3600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]
const SIZES: Units = [
  [1024 * 1024, 'MiB'],
  [1024, 'KiB'],
]

/** In the largest unit of which the value is a whole number, or else in the smallest. */
function inUnits(value: number, units: Units): string {
  const [size, name] = units.find(([size]) => value >= size && value % size === 0) ?? units.at(-1) ?? [1, '']
  return `${value / size} ${name}`
}
