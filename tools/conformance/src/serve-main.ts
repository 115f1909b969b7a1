import { toolProgram } from '@longhaul/testbed/tool-program'
import { serve } from './serve.ts'

toolProgram('serve:conformance', 'Serves what the suites ask for on PORT (4630), to run one by hand.').parse()
const { url, stop } = await serve(Number(process.env.PORT ?? 4630))
console.log(`Serving the conformance project at ${url}; Ctrl-C ends it.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await stop()
    process.exit(0)
  })
}
