import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort, startRedis } from './start-redis.ts'

/** A server of a test that takes TLS, with a certificate that nobody trusts yet. */
export interface TestTlsRedis {
  /** `rediss://127.0.0.1:PORT` */
  readonly url: string
  /** Its certificate (PEM), which is its own authority. */
  readonly certificate: string
  stop(): Promise<void>
}

/** Needs `redis-server` and `openssl` (see needs.ts). */
export async function startTlsRedis(): Promise<TestTlsRedis> {
  const redis = await startRedis()
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(redis.dir, name)) as [string, string]
  const names = ['-subj', '/CN=store', '-addext', 'subjectAltName=IP:127.0.0.1']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...names])
  const port = await findFreePort()
  for (const [name, value] of Object.entries({
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': cert,
    'tls-auth-clients': 'no',
    'tls-port': String(port),
  }))
    await redis.client.config('SET', name, value)
  return { url: `rediss://127.0.0.1:${port}`, certificate: await readFile(cert, 'utf8'), stop: redis.stop }
}
