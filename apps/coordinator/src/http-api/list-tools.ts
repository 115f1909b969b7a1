import { modern } from '@longhaul/protocol'
import { z } from 'zod'
import { pageOf } from '../exposed/page.ts'
import { defineOperation } from './operation.ts'
import { TOOL_PAGE } from './schemas.ts'

export const LIST_TOOLS = defineOperation({
  id: 'listTools',
  method: 'GET',
  path: '/v1/tools',
  summary: 'List what can be called, a page at a time, in the order of the names',
  query: z.strictObject({ cursor: z.string().optional().describe('`nextCursor` of the page before.') }),
  answers: { 200: TOOL_PAGE },
  run: async ({ catalog, settings }, { query: { cursor } }) => {
    const tools = (await catalog.entries()).filter(({ as }) => as === undefined)
    const { page, nextCursor } = pageOf(tools, ({ name }) => name, { cursor, size: settings.catalogPageSize })
    return {
      status: 200,
      body: { tools: page.map(modern.toModernTool), ...(nextCursor !== undefined && { nextCursor }) },
    }
  },
})
