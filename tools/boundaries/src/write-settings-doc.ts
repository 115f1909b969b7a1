import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './repository.ts'
import { renderSettings } from './settings-doc.ts'

writeFileSync(join(ROOT, 'docs/settings.md'), renderSettings())
