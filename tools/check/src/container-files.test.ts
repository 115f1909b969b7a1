import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const { services, volumes } = parse(readFileSync(`${ROOT}/docker-compose.yml`, 'utf8'))
const dockerfile = readFileSync(`${ROOT}/Dockerfile`, 'utf8')

test('the store keeps what it accepted, and never evicts', () => {
  expect(services.store.command).toBe(
    'valkey-server --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --hash-max-listpack-value 1024',
  )
  expect(services.store.volumes).toEqual(['store:/data'])
  expect(volumes).toHaveProperty('store')
  expect(services.store).not.toHaveProperty('ports')
})

test('coordinator and worker wait for a healthy store', () => {
  expect(services.store.healthcheck.test).toEqual(['CMD', 'valkey-cli', 'ping'])
  for (const name of ['coordinator', 'worker']) {
    expect(services[name].depends_on).toEqual({ store: { condition: 'service_healthy' } })
    expect(services[name].environment.REDIS_URL).toBe('redis://store:6379')
  }
})

test('the coordinator is reachable on its port, by those who have a key or a token', () => {
  expect(services.coordinator.command).toBe('coordinator')
  expect(services.coordinator.ports).toEqual(['127.0.0.1:4620:4620'])
  expect(services.coordinator.environment.LONGHAUL_HOST).toBe('0.0.0.0')
  // Beyond loopback a coordinator does not start where both are empty.
  for (const name of ['LONGHAUL_API_KEYS', 'LONGHAUL_OAUTH_ISSUERS'])
    expect(services.coordinator.environment[name]).toBe(`\${${name}:-}`)
})

test('any number of workers can run on one project, which they cannot write', () => {
  expect(services.worker.command).toBe('worker')
  expect(services.worker).not.toHaveProperty('ports')
  expect(services.worker).not.toHaveProperty('container_name')
  expect(services.worker.working_dir).toBe('/project')
  expect(services.worker.volumes).toEqual([`\${PROJECT:-.}:/project:ro`])
})

test('the image starts a file that exists, on the pinned major version of Node, and not as root', () => {
  expect(dockerfile).toMatch(/^FROM node:24-slim$/m)
  expect(dockerfile).toMatch(/^USER node$/m)
  const [, entry = ''] = /^ENTRYPOINT \["node", "\/app\/(.+)"\]$/m.exec(dockerfile) ?? []
  expect(existsSync(`${ROOT}/${entry}`), entry).toBe(true)
})

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0
if (!hasCompose) console.log('NOT RUN: docker compose config (needs docker with its compose plugin)')

test.skipIf(!hasCompose)('docker compose accepts the file', () => {
  const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, LONGHAUL_API_KEYS: 'me=sha256:00 tasks:read' },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
