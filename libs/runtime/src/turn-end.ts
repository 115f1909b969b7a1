/** What is called at the end of the turn of the event loop that runs now. */
let waiting: Set<() => void> | undefined

/**
 * Calls `onEnd` when this turn of the event loop has ended. One turn ends for all that wait for that: what many
 * activations do then is one piece of work, and what they write goes out together.
 * @returns how to take that back
 */
export function atTurnEnd(onEnd: () => void): () => void {
  if (!waiting) {
    waiting = new Set()
    setImmediate(endTurn)
  }
  const turn = waiting
  turn.add(onEnd)
  return () => turn.delete(onEnd)
}

function endTurn(): void {
  const ended = waiting
  // What these call begins another turn.
  waiting = undefined
  for (const onEnd of ended ?? []) onEnd()
}
