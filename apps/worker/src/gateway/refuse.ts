import type { Reply } from '@longhaul/upstream'

/** Of JSON-RPC: a method that is not there, parameters that do not fit, an error inside. */
export const NOT_PASSED_ON = -32601
export const INVALID_PARAMS = -32602
export const INTERNAL = -32603
/** Of MCP: a person does not allow it (P11). */
export const USER_REJECTED = -1

export const refuse = (code: number, message: string): Reply => ({ error: { code, message } })
