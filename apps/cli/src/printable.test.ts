import { expect, onTestFinished, test, vi } from 'vitest'
import { print, printable } from './printable.ts'
import { Terminal } from './tasks/terminal.ts'

test.each([
  ['\u001b[2K\u001b[1Aall is well', '\\u001b[2K\\u001b[1Aall is well'],
  ['rm -rf /\rls', 'rm -rf /\\u000dls'],
  ['\u009b2J\u0007\u007f', '\\u009b2J\\u0007\\u007f'],
  ['safe\u202egpj.exe\u2069', 'safe\\u202egpj.exe\\u2069'],
  ['two\r\nlines\n\tand a tab', 'two\nlines\n\tand a tab'],
  ['Grüße, 你好, שלום 👩‍👩‍👧', 'Grüße, 你好, שלום 👩‍👩‍👧'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('a person is told nothing that the terminal would obey, a program gets it as it is', async () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const printed = vi.spyOn(console, 'log').mockReturnValue()
  onTestFinished(() => void vi.restoreAllMocks())
  const terminal = new Terminal()
  terminal.say('\u001b[2J')
  terminal.close()
  expect(told.mock.calls).toEqual([['\\u001b[2J\n']])

  const { isTTY } = process.stdout
  onTestFinished(() => void Object.assign(process.stdout, { isTTY }))
  for (const isPerson of [true, false]) print(Object.assign(process.stdout, { isTTY: isPerson }) && '\u001b[2J')
  expect(printed.mock.calls).toEqual([['\\u001b[2J'], ['\u001b[2J']])
})
