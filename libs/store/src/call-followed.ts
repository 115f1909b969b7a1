export interface Followed {
  /** Of the script. */
  readonly reply: unknown
  /** Whether what followed got there, and after the script. */
  readonly isFollowed: boolean
}

/**
 * Sends a script and right behind it what `follow` sends over the same client. Whatever happens to the connection, ioredis
 * sends both again in this order; only what a server refuses by itself is sent again alone, a script that it has
 * forgotten or a write that it takes no more, and then what followed may have overtaken it.
 * @param send tells when the script is on its way
 * @param follow never rejects
 */
export async function callFollowed(
  send: (onSent: () => void) => Promise<unknown>,
  follow: () => Promise<void>,
): Promise<Followed> {
  let isAnswered = false
  let following: Promise<boolean> | undefined
  const called = send(() => {
    // Answers come in the order in which the server did what they answer.
    following = follow().then(() => isAnswered)
  }).then((answer) => {
    isAnswered = true
    return answer
  })
  const reply = await called
  return { reply, isFollowed: (await following) ?? false }
}
