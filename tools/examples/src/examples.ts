import { codeMigration } from './code-migration.ts'
import type { Example } from './example.ts'
import { gateway } from './gateway.ts'
import { researchTeam } from './research-team.ts'

/** The quickstart is what `npm run demo` plays. */
export const PLAYED: readonly Example[] = [researchTeam, codeMigration, gateway]
