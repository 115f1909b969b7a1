import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

/** One line for each call that comes, so that it can be seen how often the server was asked. */
const LOG = new URL('calls.log', import.meta.url)
const SHELVES = 10

/** An MCP server as there are many: it takes its time, and knows nothing of tasks. */
const server = new McpServer({ name: 'slow-archive', version: '1.0.0' })

server.registerTool(
  'search',
  {
    description: 'Looks through all shelves of the archive. That takes a while.',
    inputSchema: {
      words: z.string().min(1).describe('What to look for.'),
      msPerShelf: z.int().min(0).default(500).describe('How long a shelf takes.'),
    },
    annotations: { readOnlyHint: true },
  },
  async ({ words, msPerShelf }, { signal, sendNotification, _meta }) => {
    appendFileSync(LOG, `${words}\n`)
    const progressToken = _meta?.progressToken
    for (let shelf = 1; shelf <= SHELVES; shelf++) {
      await delay(msPerShelf, undefined, { signal })
      if (progressToken === undefined) continue
      const params = { progressToken, progress: shelf, total: SHELVES, message: `shelf ${shelf}` }
      await sendNotification({ method: 'notifications/progress', params })
    }
    return { content: [{ type: 'text', text: `“${words}” is on shelf ${1 + (words.length % SHELVES)}.` }] }
  },
)

await server.connect(new StdioServerTransport())
