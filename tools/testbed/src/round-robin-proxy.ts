import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'

/** A proxy that sends each request to the next of several addresses in turn, and changes nothing, the Host included. */
export async function startRoundRobinProxy(addresses: readonly string[], port: number): Promise<Server> {
  let turn = 0
  const server = createServer((incoming, outgoing) => {
    const target = new URL(addresses[turn++ % addresses.length] ?? '')
    const { method, headers, url } = incoming
    const { hostname, port: targetPort } = target
    const passed = request({ hostname, port: targetPort, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    // Whoever leaves has left the coordinator, too.
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
