export type Environment = Readonly<Record<string, string | undefined>>

/** A text with its variables replaced, and what is wrong with those that could not be. */
export interface Expanded {
  readonly value: string
  readonly faults: readonly string[]
}

const REFERENCE = /\$\{([^}]*)\}/g
const VARIABLE = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/**
 * Replaces `${VAR}` and `${VAR:-default}`. As in a shell, the default also stands in for a variable that is set to
 * nothing. A fault never contains a value, since values are where secrets are.
 */
export function expandVariables(text: string, env: Environment): Expanded {
  const faults: string[] = []
  const value = text.replace(REFERENCE, (reference, inner: string) => {
    const [, name, fallback] = VARIABLE.exec(inner) ?? []
    if (name === undefined) {
      faults.push(`${reference} cannot be expanded: only \${VAR} and \${VAR:-default} are, from the environment`)
      return reference
    }
    const found = env[name]
    if (fallback !== undefined) return found || fallback
    if (found === undefined) {
      faults.push(`the variable ${name} is not set: set it in the environment, or write \${${name}:-default}`)
    }
    return found ?? reference
  })
  return { value, faults }
}
