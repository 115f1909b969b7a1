import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolProgram } from '@longhaul/testbed/tool-program'
import { ROOT } from './repository.ts'
import { renderSettings } from './settings-doc.ts'

toolProgram('settings', 'Writes docs/settings.md.').parse()
writeFileSync(join(ROOT, 'docs/settings.md'), renderSettings())
