/** An expression of a template that a URI can be matched against: one variable, or those of a query. */
const EXPRESSION = /\{(?:\+?\w+|[?&]\w+(?:,\w+)*)\}/g

/**
 * Names of the variables of a URI template.
 * @throws Error when it has none, or has what no URI can be matched against
 */
export function variablesOf(uriTemplate: string): readonly string[] {
  const expressions = uriTemplate.match(EXPRESSION) ?? []
  const rest = uriTemplate.replaceAll(EXPRESSION, '')
  if (expressions.length === 0 || /[{}\s]/.test(rest) || !/^[a-z][a-z0-9+.-]*:/i.test(rest)) {
    throw new Error(
      `'${uriTemplate}' cannot be used as a URI template: write it like notes://{name}/text, with {+name} where a value may have slashes and {?name} for a query.`,
    )
  }
  const names = expressions.flatMap((expression) => expression.match(/\w+/g) ?? [])
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice !== undefined) throw new Error(`The URI template '${uriTemplate}' has the variable '${twice}' twice.`)
  return names
}
