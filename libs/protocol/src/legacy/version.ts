/** Revisions with `initialize`, newest first. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const
export type LegacyVersion = (typeof LEGACY_VERSIONS)[number]

export const isLegacyVersion = (version: string): version is LegacyVersion =>
  LEGACY_VERSIONS.some((known) => known === version)

/** The revision asked for where it is served, else the newest (R19). */
export const negotiate = (requested: string): LegacyVersion =>
  isLegacyVersion(requested) ? requested : LEGACY_VERSIONS[0]

/** What a revision has that others have not. No other file asks for a version. */
export interface Features {
  readonly tasks: boolean
  readonly samplingTools: boolean
  /** Forms name the titles of choices by `oneOf`. */
  readonly titledChoices: boolean
  /** Structured output, titles, resource links, elicitation. */
  readonly structured: boolean
  /** Annotations of tools, audio, messages of progress. */
  readonly annotations: boolean
  /** Pages that a person should open. */
  readonly urlElicitation: boolean
  /** Icons of what is listed. */
  readonly icons: boolean
  /** Completion is a capability of its own. */
  readonly completions: boolean
  /** Event streams may begin with an event without data (R11). */
  readonly priming: boolean
  /** Several messages may come in one array; the next revision took that out (R8). */
  readonly batches: boolean
}

export function featuresOf(version: LegacyVersion): Features {
  const isAtLeast = (other: LegacyVersion) => version >= other
  return {
    tasks: isAtLeast('2025-11-25'),
    samplingTools: isAtLeast('2025-11-25'),
    titledChoices: isAtLeast('2025-11-25'),
    structured: isAtLeast('2025-06-18'),
    annotations: isAtLeast('2025-03-26'),
    urlElicitation: isAtLeast('2025-11-25'),
    icons: isAtLeast('2025-11-25'),
    completions: isAtLeast('2025-03-26'),
    priming: isAtLeast('2025-11-25'),
    batches: version === '2025-03-26',
  }
}
