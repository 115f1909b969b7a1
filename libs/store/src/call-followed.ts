export interface Followed {
  /** Of the script. */
  readonly reply: unknown
  /** Whether what followed got there, and after the script. */
  readonly isFollowed: boolean
}

export interface Following {
  /** Tells when the script is on its way. */
  readonly send: (onSent: () => void) => Promise<unknown>
  /** Has patience with the script alone: once that has done its work no delay of what follows makes it undone. */
  readonly reach: (ask: () => Promise<unknown>) => Promise<unknown>
  /** Never rejects. */
  readonly follow: () => Promise<void>
}

/**
 * Sends a script and right behind it what `follow` sends over the same client. Whatever happens to the connection, ioredis
 * sends both again in this order; only what a server refuses by itself is sent again alone, a script that it has
 * forgotten or a write that it takes no more, and then what followed may have overtaken it.
 */
export async function callFollowed({ send, reach, follow }: Following): Promise<Followed> {
  let isAnswered = false
  let following: Promise<boolean> | undefined
  const reply = await reach(async () => {
    const answer = await send(() => {
      // Answers come in the order in which the server did what they answer.
      following = follow().then(() => isAnswered)
    })
    isAnswered = true
    return answer
  })
  return { reply, isFollowed: (await following) ?? false }
}
