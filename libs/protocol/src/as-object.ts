import type { JsonObject } from '@longhaul/task'

/** The value where it is an object, as capabilities are; whatever else a client sent in its place says nothing. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
