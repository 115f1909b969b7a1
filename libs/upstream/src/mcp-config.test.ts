// biome-ignore-all lint/suspicious/noTemplateCurlyInString: here they are what is read, not templates
import { generateKeyPairSync } from 'node:crypto'
import { formatProblem } from '@longhaul/task'
import { describe, expect, it } from 'vitest'
import { parseMcpConfig } from './mcp-config.ts'

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString()
const ENV = { TOKEN: 'sesame', EMPTY: '' }

/** Servers, and problems as a person sees them. */
function parse(text: string) {
  const { servers, problems } = parseMcpConfig(text, 'mcp.json', ENV)
  return { servers, problems: problems.map(formatProblem) }
}
const parseOne = (entry: object, name = 'one') => parse(JSON.stringify({ mcpServers: { [name]: entry } }))

describe('mcp.json', () => {
  it('gives the servers that it configures, with defaults and with the line of each', () => {
    const { servers, problems } = parse(`{
      // Comments and trailing commas are what editors write.
      "mcpServers": {
        "files": { "command": "npx", "args": ["-y", "server", "."], "env": { "KEY": "\${TOKEN}" }, "cwd": "sub" },
        "web": {
          "type": "streamable-http", "url": "https://example.org/mcp", "trusted": true, "timeoutMs": 5000,
          "connectTimeoutMs": 180000,
          "headers": { "Authorization": "Bearer \${TOKEN}" },
        },
        "off": { "command": "\${NOT_SET}", "disabled": true },
      },
    }`)
    expect(problems).toEqual([])
    expect(servers).toEqual([
      {
        kind: 'stdio',
        name: 'files',
        command: 'npx',
        args: ['-y', 'server', '.'],
        env: { KEY: 'sesame' },
        cwd: 'sub',
        trusted: false,
        source: { file: 'mcp.json', line: 4 },
      },
      {
        kind: 'http',
        name: 'web',
        url: 'https://example.org/mcp',
        headers: { Authorization: 'Bearer sesame' },
        trusted: true,
        timeoutMs: 5000,
        connectTimeoutMs: 180_000,
        source: { file: 'mcp.json', line: 5 },
      },
    ])
  })

  it('may be written as VS Code writes it', () => {
    const { servers, problems } = parse('{ "inputs": [], "servers": { "a": { "type": "stdio", "command": "x" } } }')
    expect(servers.map(({ name }) => name)).toEqual(['a'])
    expect(problems).toEqual([
      'mcp.json:1: warning: "inputs" is ignored, since nobody is prompted here: write ${VAR} and set it in the environment',
    ])
  })

  it('says which tools are tasks, and how those are run', () => {
    const policy = { retry: { maxAttempts: 3 }, timeoutMs: 60_000, inDoubt: 'fail' }
    const { servers, problems } = parseOne({ command: 'x', expose: ['*', '!rm'], tasks: policy })
    expect(problems).toEqual([])
    expect(servers[0]?.exposed).toEqual({ globs: ['*', '!rm'], policy })
    expect(parseOne({ command: 'x', tasks: { retry: { maxAttempts: 0 } }, expose: ['*'] })).toEqual({
      servers: [],
      problems: [expect.stringContaining('the server "one" is left out: "tasks.retry.maxAttempts" cannot be used')],
    })
    expect(parseOne({ command: 'x', tasks: {} }).problems).toEqual([
      expect.stringContaining('ignored without "expose"'),
    ])
  })

  it('says what a server may ask', () => {
    const asks = { sampling: 'ask', elicitation: 'deny', roots: ['data'] }
    expect(parseOne({ command: 'x', expose: ['*'], sampling: 'ask', roots: ['data'] })).toMatchObject({
      servers: [{ asks }],
      problems: [],
    })
    expect(parseOne({ command: 'x' }).servers[0]).not.toHaveProperty('asks')
    expect(parseOne({ command: 'x', roots: 'none', elicitation: 'ask' }).problems).toEqual([
      expect.stringContaining('only calls of tools that "expose" selects can be asked something'),
    ])
    expect(parseOne({ command: 'x', sampling: 'yes', roots: ['http://x'] }).problems).toEqual([
      expect.stringContaining('"sampling" must be one of ask, model, deny'),
      expect.stringContaining('"roots" has paths and file: URIs, not http://x'),
    ])
  })

  it('says how access tokens are got', () => {
    const oauth = { clientId: 'c', clientSecret: '${TOKEN}', expectedIssuer: 'https://login.example.org' }
    const base = { clientId: 'c', expectedIssuer: 'https://login.example.org' }
    const url = 'https://example.org/mcp'
    expect(parseOne({ url, oauth: { ...oauth, scope: 'a b', refreshToken: 'r' } })).toMatchObject({
      servers: [
        {
          headers: {},
          oauth: { ...base, proof: { kind: 'secret', clientSecret: 'sesame' }, scope: 'a b', refreshToken: 'r' },
        },
      ],
      problems: [],
    })
    const proof = { kind: 'key', privateKey: KEY, algorithm: 'ES256' }
    expect(parseOne({ url, oauth: { ...base, privateKey: KEY } }).servers).toMatchObject([
      { oauth: { ...base, proof } },
    ])
    expect(parseOne({ command: 'x', oauth }).problems).toEqual([
      'mcp.json:1: warning: the server "one": "oauth" is ignored beside "command"',
    ])
    expect(
      parse(`{ "mcpServers": { "a": { "url": "${url}", "oauth": {
      "clientId": "c", "clientSecret": "s", "expectedIssuer": "http://localhost:1",
      "redirectUri": "http://x" } } } }`),
    ).toMatchObject({
      servers: [{ name: 'a' }],
      problems: [
        'mcp.json:3: warning: the server "a": "redirectUri" is not known in "oauth" and is ignored; it takes ' +
          'clientId, clientSecret, privateKey, algorithm, refreshToken, scope, expectedIssuer',
      ],
    })
  })

  it.each([
    [{ clientId: undefined }, '"oauth" needs a "clientId", by which the authorization server knows this client'],
    [{ clientSecret: undefined }, '"oauth" needs a "clientSecret" or a "privateKey": nobody is here who could log in'],
    [
      { privateKey: KEY },
      '"oauth" has both "clientSecret" and "privateKey": keep the one by which the authorization server knows this client',
    ],
    [
      { clientSecret: undefined, privateKey: 'sesame' },
      '"oauth" needs a private key in PEM as "privateKey", with its line breaks and without a passphrase',
    ],
    [
      { clientSecret: undefined, privateKey: KEY, algorithm: 'RS256' },
      '"oauth" has an "algorithm" that its key cannot do: it can do ES256',
    ],
    [
      { expectedIssuer: undefined },
      '"oauth" needs an "expectedIssuer", the URL of the authorization server: no other one is shown the secret',
    ],
    [
      { expectedIssuer: 'http://login.example.org' },
      '"oauth" needs an https:// URL as "expectedIssuer", or http:// of this machine',
    ],
    [{ scope: ['a'] }, '"oauth" must be an object of texts'],
    [
      { clientSecret: '${MISSING}' },
      'the variable MISSING is not set: set it in the environment, or write ${MISSING:-default}',
    ],
  ])('leaves a server out whose oauth is %j', (change, advice) => {
    const oauth = { clientId: 'c', clientSecret: 's', expectedIssuer: 'https://login.example.org', ...change }
    const { servers, problems } = parseOne({ url: 'https://example.org/mcp', oauth })
    expect(servers).toEqual([])
    expect(problems[0]).toBe(`mcp.json:1: error: the server "one" is left out: ${advice}`)
  })

  it('leaves a server out that has a token of its own beside oauth', () => {
    const oauth = { clientId: 'c', clientSecret: 's', expectedIssuer: 'https://login.example.org' }
    expect(parseOne({ url: 'https://example.org/mcp', headers: { authorization: 'Bearer x' }, oauth })).toEqual({
      servers: [],
      problems: [
        'mcp.json:1: error: the server "one" is left out: ' +
          'it has both "oauth" and an "Authorization" header: keep the one that is meant',
      ],
    })
  })

  it('takes a default for a variable that is not set, or empty', () => {
    const { servers, problems } = parseOne({
      command: '${NO:-node}',
      args: ['${EMPTY:-b}', '${EMPTY}', '${NO:-}', '$NO'],
    })
    expect(problems).toEqual([])
    expect(servers[0]).toMatchObject({ command: 'node', args: ['b', '', '', '$NO'] })
  })

  it('loses only the server whose variable is not set', () => {
    const { servers, problems } = parse(`{ "mcpServers": {
      "a": { "command": "x",
             "args": ["\${MISSING}/\${TOKEN}", "\${input:key}"] },
      "b": { "command": "y" }
    } }`)
    expect(servers.map(({ name }) => name)).toEqual(['b'])
    expect(problems).toEqual([
      'mcp.json:3: error: the server "a" is left out: the variable MISSING is not set: ' +
        'set it in the environment, or write ${MISSING:-default}',
      'mcp.json:3: error: the server "a" is left out: ${input:key} cannot be expanded: ' +
        'only ${VAR} and ${VAR:-default} are, from the environment',
    ])
  })

  it.each([
    ['{\n "mcpServers": {\n  "a" {}\n }\n}', 'mcp.json:3: error: this is not JSON: colon expected'],
    ['', 'mcp.json:1: error: this is not JSON: value expected'],
    ['[]', 'mcp.json:1: error: this must be an object: write { "mcpServers": { "name": { … } } }'],
    ['\n{}', 'mcp.json:2: error: there is no "mcpServers": write { "mcpServers": { "name": { "command": "…" } } }'],
    ['{ "servers": [] }', 'mcp.json:1: error: "servers" must be an object with one member per server'],
    [
      '{ "mcpServers": {},\n "x": 1 }',
      'mcp.json:2: warning: "x" is not known here and is ignored; servers go into "mcpServers"',
    ],
    [
      '{ "mcpServers": { "a":\n 1 } }',
      'mcp.json:2: error: the server "a" must be an object, for example { "command": "npx", "args": ["some-server"] }',
    ],
  ])('says what is wrong with %j', (text, problem) => {
    expect(parse(text)).toEqual({ servers: [], problems: [problem] })
  })

  it('keeps the first of two servers of one name', () => {
    const { servers, problems } = parse('{ "mcpServers": { "a": { "command": "x" },\n "a": { "command": "y" } } }')
    expect(servers).toMatchObject([{ command: 'x' }])
    expect(problems).toEqual(['mcp.json:2: error: the server "a" is there already: rename this one'])
  })
})

describe('an entry that cannot be used', () => {
  it.each([
    [{}, 'it needs a "command" (a program to start) or a "url" (Streamable HTTP)'],
    [{ command: 'x', url: 'http://a' }, 'it has both "command" and "url": keep the one that is meant'],
    [{ command: 5 }, '"command" must be a text'],
    [{ command: 'x', args: 'y' }, '"args" must be an array of texts'],
    [{ command: 'x', args: ['y', 1] }, '"args" must be an array of texts'],
    [{ command: 'x', env: { PORT: 80 } }, '"env" must be an object of texts'],
    [{ command: 'x', trusted: 'yes' }, '"trusted" must be true or false'],
    [{ command: 'x', timeoutMs: '5s' }, '"timeoutMs" must be a number'],
    [{ command: 'x', connectTimeoutMs: 0 }, '"connectTimeoutMs" must be whole milliseconds, from 1 to 2147483647'],
    [{ command: 'x', timeoutMs: 2 ** 31 }, '"timeoutMs" must be whole milliseconds, from 1 to 2147483647'],
    [{ command: 'x', type: 'http' }, '"type" is "stdio" beside a "command" and "http" beside a "url", not "http"'],
    [{ url: 'ftp://a' }, '"url" must be an http:// or https:// address'],
    [{ url: 'https://me:pw@a' }, '"url" must not hold a user or password: write an "Authorization" header instead'],
    [{ url: 'http://a', headers: { 'X-A': 'b\nc' } }, 'the header "X-A" cannot be sent as it is'],
    [
      { url: 'http://a/sse', type: 'sse' },
      'the SSE transport of 2024 is not spoken here: write "type": "http" and the server\'s Streamable HTTP address, ' +
        'which often ends with /mcp instead of /sse',
    ],
  ])('%j is left out with advice', (entry, advice) => {
    const { servers, problems } = parseOne(entry)
    expect(servers).toEqual([])
    expect(problems[0]).toBe(`mcp.json:1: error: the server "one" is left out: ${advice}`)
  })

  it.each(['', 'a.b', 'a__b', 'a_', 'ä', 'x'.repeat(41)])(
    'has the name %j, which no tool name can begin with',
    (name) => {
      const { servers, problems } = parseOne({ command: 'x' }, name)
      expect(servers).toEqual([])
      expect(problems[0]).toMatch(/its name cannot be used, since its tools are named NAME__TOOL/)
    },
  )
})

describe('an entry that is odd', () => {
  it.each([
    [{ command: 'x', autoApprove: [] }, '"autoApprove" is not known here and is ignored'],
    [{ command: 'x', headers: {} }, '"headers" is ignored beside "command"'],
    [{ url: 'http://a', env: {} }, '"env" is ignored beside "url"'],
    [{ command: 'npx server' }, '"command" has a space in it: each argument is a text of its own in "args"'],
    [{ command: 'x', timeout: 60 }, '"timeout" is in milliseconds: this is 60 ms; write "timeoutMs" to be clear'],
    [{ command: 'x', timeout: 5000, timeoutMs: 1 }, '"timeout" is ignored beside "timeoutMs"'],
  ])('%j is taken with a warning', (entry, warning) => {
    const { servers, problems } = parseOne(entry)
    expect(servers).toHaveLength(1)
    expect(problems).toEqual([`mcp.json:1: warning: the server "one": ${warning}`])
  })

  it.each(['a', 'my-server_2', '_a', 'x'.repeat(40)])('may be named %j', (name) => {
    expect(parseOne({ command: 'x' }, name)).toMatchObject({ servers: [{ name }], problems: [] })
  })
})
