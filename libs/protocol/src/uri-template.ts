import { UriTemplate } from '@modelcontextprotocol/sdk/shared/uriTemplate.js'

/**
 * The values of a template's variables in a URI, decoded, or undefined where it is none of the template's (RFC 6570:
 * `{name}`, `{+name}`, `{?name,other}`).
 */
export function matchTemplate(uriTemplate: string, uri: string): Readonly<Record<string, string>> | undefined {
  const matched = new UriTemplate(uriTemplate).match(uri)
  if (!matched) return undefined
  try {
    return Object.fromEntries(Object.entries(matched).map(([name, value]) => [name, decodeURIComponent(String(value))]))
  } catch {
    // A percent sign that begins no encoded character.
    return undefined
  }
}
