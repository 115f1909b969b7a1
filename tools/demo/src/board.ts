import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { PostSeen } from './observed.ts'

export interface Post extends PostSeen {
  state: PostSeen['state']
  accept(): void
}

/**
 * Where reports are published: the world outside of Longhaul. It answers when the demo says so, so that what happens
 * meanwhile happens in the middle of a tool call, and not by luck of timing.
 */
export class Board {
  /** All there were, in order. */
  readonly posts: Post[] = []
  readonly #news = new EventEmitter()
  readonly #server = createServer((request, response) => void this.#take(request, response).catch(() => {}))
  readonly #onPost: (post: Post, isRepeated: boolean) => void
  #acceptsAll = false

  /** @param onPost is also told whether the idempotency key was there before */
  constructor(onPost: (post: Post, isRepeated: boolean) => void) {
    this.#onPost = onPost
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/reports`
  }

  /** Resolves with the open posts when there are at least so many. */
  async open(count: number): Promise<readonly Post[]> {
    for (;;) {
      const open = this.posts.filter(({ state }) => state === 'open')
      if (open.length >= count) return open
      await once(this.#news, 'news')
    }
  }

  /** Resolves when the other side has let go of the post. */
  async dropped(post: Post): Promise<void> {
    while (post.state !== 'dropped') await once(this.#news, 'news')
  }

  /** Whether posts are answered at once: those that are open, and those to come. */
  acceptAll(isOn: boolean): void {
    this.#acceptsAll = isOn
    if (isOn) for (const post of this.posts) if (post.state === 'open') post.accept()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { title, part, process } = (await json(request)) as Pick<Post, 'title' | 'part' | 'process'>
    const post: Post = {
      title,
      part,
      process,
      idempotencyKey: String(request.headers['idempotency-key']),
      openTitles: [...this.posts.filter(({ state }) => state === 'open').map((one) => one.title), title],
      state: 'open',
      accept: () => {
        post.state = 'accepted'
        response.end()
      },
    }
    response.once('close', () => {
      if (post.state === 'open') post.state = 'dropped'
      this.#news.emit('news')
    })
    const isRepeated = this.posts.some(({ idempotencyKey }) => idempotencyKey === post.idempotencyKey)
    this.posts.push(post)
    this.#onPost(post, isRepeated)
    if (this.#acceptsAll) post.accept()
    this.#news.emit('news')
  }
}
