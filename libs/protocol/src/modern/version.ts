/** Revisions without sessions, newest first: every request says for itself which one it speaks. */
export const MODERN_VERSIONS = ['2026-07-28'] as const
export type ModernVersion = (typeof MODERN_VERSIONS)[number]

export const isModernVersion = (version: string): version is ModernVersion =>
  MODERN_VERSIONS.some((known) => known === version)

/** Whether the name of a revision, served here or not, is one of this era. Revisions are dates. */
export const isOfModernEra = (version: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= (MODERN_VERSIONS.at(-1) ?? '')
