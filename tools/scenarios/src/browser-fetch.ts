/** Headers that a page may send without asking. */
const SIMPLE_REQUEST_HEADERS = new Set(['accept', 'accept-language', 'content-language'])
const SIMPLE_CONTENT_TYPE = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/
const SIMPLE_VERBS = new Set(['GET', 'HEAD', 'POST'])
/** Headers that a page may read in any case. */
const SIMPLE_RESPONSE_HEADERS = new Set([
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
])

/**
 * A `fetch` that does for a page of another origin what a browser does: it asks first where it has to, sends nothing that
 * it was not allowed, and shows the page only what it may read (CORS, as the Fetch standard has it).
 */
export function browserFetch(base: typeof fetch, origin: string): typeof fetch {
  return async (input, init = {}) => {
    const { method = 'GET' } = init
    const headers = new Headers(init.headers)
    const unsafe = [...headers].filter(([name, value]) => !isSimple(name, value)).map(([name]) => name)
    if (unsafe.length > 0 || !SIMPLE_VERBS.has(method)) await preflight(method, unsafe)
    headers.set('origin', origin)
    const response = await base(input, { ...init, headers })
    checkOrigin(response)
    const exposed = namesIn(response, 'access-control-expose-headers')
    const shown = [...response.headers].filter(([name]) => SIMPLE_RESPONSE_HEADERS.has(name) || exposed.has(name))
    return new Response(response.body, { status: response.status, headers: shown })

    async function preflight(verb: string, names: readonly string[]): Promise<void> {
      const asking = {
        origin,
        'access-control-request-method': verb,
        ...(names.length > 0 && { 'access-control-request-headers': names.toSorted().join(',') }),
      }
      const answer = await base(input, { method: 'OPTIONS', headers: asking })
      checkOrigin(answer)
      if (!answer.ok) throw new TypeError(`Failed to fetch: the preflight was answered with ${answer.status}`)
      const verbs = namesIn(answer, 'access-control-allow-methods')
      if (!SIMPLE_VERBS.has(verb) && !verbs.has(verb.toLowerCase())) throw new TypeError(`Failed to fetch: no ${verb}`)
      const allowed = namesIn(answer, 'access-control-allow-headers')
      const refused = names.filter((name) => !allowed.has(name))
      if (refused.length > 0) throw new TypeError(`Failed to fetch: ${refused.join(', ')} may not be sent`)
    }
  }

  function checkOrigin({ headers }: Response): void {
    if (headers.get('access-control-allow-origin') !== origin) throw new TypeError('Failed to fetch: not this origin')
  }
}

const isSimple = (name: string, value: string): boolean =>
  SIMPLE_REQUEST_HEADERS.has(name) || (name === 'content-type' && SIMPLE_CONTENT_TYPE.test(value))

const namesIn = ({ headers }: Response, header: string): ReadonlySet<string> =>
  new Set((headers.get(header) ?? '').split(',').map((name) => name.trim().toLowerCase()))
