import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineTool } from 'longhaul'

/** How often it looks whether it may end. */
const LOOK_MS = 5

export const block = defineTool({
  name: 'block',
  description:
    "Writes the file 'begun', keeps its process from hearing anything until there is a file 'end', and ends.",
  inputSchema: { type: 'object', properties: { folder: { type: 'string' } }, required: ['folder'] },
  execute({ folder }) {
    const nothing = new Int32Array(new SharedArrayBuffer(4))
    writeFileSync(join(String(folder), 'begun'), '')
    while (!existsSync(join(String(folder), 'end'))) Atomics.wait(nothing, 0, 0, LOOK_MS)
    return 'it has ended'
  },
})
