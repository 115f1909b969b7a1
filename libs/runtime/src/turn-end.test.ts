import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { atTurnEnd } from './turn-end.ts'

test('a turn ends for all that wait for it before any of them goes on', async () => {
  const seen: string[] = []
  for (const name of ['a', 'b']) {
    atTurnEnd(() => {
      seen.push(`${name} ends`)
      void Promise.resolve().then(() => seen.push(`${name} goes on`))
    })
  }
  await turn()
  expect(seen).toEqual(['a ends', 'b ends', 'a goes on', 'b goes on'])
})

test('what begins at the end of a turn is another turn', async () => {
  const seen: string[] = []
  atTurnEnd(() => {
    seen.push('first')
    atTurnEnd(() => seen.push('second'))
  })
  await turn()
  expect(seen).toEqual(['first'])
  await turn()
  expect(seen).toEqual(['first', 'second'])
})

test('who takes it back is not called, at the end of the turn neither', async () => {
  const seen: string[] = []
  let takeBack = () => {}
  atTurnEnd(() => takeBack())
  takeBack = atTurnEnd(() => seen.push('b'))
  const never = atTurnEnd(() => seen.push('c'))
  never()
  await turn()
  expect(seen).toEqual([])
})
