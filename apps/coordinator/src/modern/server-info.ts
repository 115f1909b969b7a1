import type { modern } from '@longhaul/protocol'
import { VERSION } from '../version.ts'

export const SERVER_INFO: modern.ServerInfo = { name: 'longhaul', version: VERSION }
