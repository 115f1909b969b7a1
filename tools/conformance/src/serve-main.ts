import { serve } from './serve.ts'

const { url, stop } = await serve(Number(process.env.PORT ?? 4630))
console.log(`Serving the conformance project at ${url}; Ctrl-C ends it.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await stop()
    process.exit(0)
  })
}
