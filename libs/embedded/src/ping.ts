import { connect } from 'node:net'

/** Process id of the server that serves on `port` of 127.0.0.1; undefined while there is none, or it is loading. */
export const askWhoServes = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('INFO server\r\nPING\r\n'))
    const settle = (pid?: number) => {
      socket.destroy()
      resolve(pid)
    }
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      // A server that loads its data answers INFO, but not PING.
      if (text.includes('\n+PONG')) settle(Number(/process_id:(\d+)/.exec(text)?.[1]))
      else if (text.includes('\n-')) settle()
    })
    socket.on('error', () => settle()).on('close', () => settle())
  })
