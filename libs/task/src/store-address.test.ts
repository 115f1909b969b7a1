import { describe, expect, test } from 'vitest'
import { parseStoreUrl } from './store-address.ts'

const PLAIN = { isTls: false, credentials: {} }

describe('one server', () => {
  test.each([
    ['redis://127.0.0.1', { ...PLAIN, kind: 'single', host: '127.0.0.1', port: 6379, db: 0 }],
    ['redis://localhost:7000/', { ...PLAIN, kind: 'single', host: 'localhost', port: 7000, db: 0 }],
    ['redis://h/3', { ...PLAIN, kind: 'single', host: 'h', port: 6379, db: 3 }],
    ['redis://h/3?db=4', { ...PLAIN, kind: 'single', host: 'h', port: 6379, db: 4 }],
    ['REDISS://[::1]:6380', { isTls: true, credentials: {}, kind: 'single', host: '::1', port: 6380, db: 0 }],
  ])('%s', (url, address) => {
    expect(parseStoreUrl(url)).toEqual(address)
  })

  test.each([
    ['redis://ann:s%40p%3Aw@h', { username: 'ann', password: 's@p:w' }],
    ['redis://:secret@h', { password: 'secret' }],
    ['redis://ann:s@w:x@h', { username: 'ann', password: 's@w:x' }],
    ['redis://ann@h', { username: 'ann' }],
  ])('%s has credentials', (url, credentials) => {
    expect(parseStoreUrl(url)).toMatchObject({ host: 'h', credentials })
  })
})

test('sentinels, with the name of their master', () => {
  expect(parseStoreUrl('redis+sentinel://a:1,b/mymaster')).toEqual({
    ...PLAIN,
    kind: 'sentinel',
    sentinels: [
      { host: 'a', port: 1 },
      { host: 'b', port: 26379 },
    ],
    master: 'mymaster',
    db: 0,
    sentinelCredentials: {},
  })
  expect(
    parseStoreUrl('rediss+sentinel://ann:pw@a,[::1]:2/m/2?sentinel_username=s&sentinel_password=p%26q'),
  ).toMatchObject({
    isTls: true,
    credentials: { username: 'ann', password: 'pw' },
    sentinels: [
      { host: 'a', port: 26379 },
      { host: '::1', port: 2 },
    ],
    master: 'm',
    db: 2,
    sentinelCredentials: { username: 's', password: 'p&q' },
  })
  expect(parseStoreUrl('redis+sentinel://a/m?db=5')).toMatchObject({ master: 'm', db: 5 })
})

test('some nodes of a cluster', () => {
  expect(parseStoreUrl('redis+cluster://:pw@a:7000,b/0')).toEqual({
    isTls: false,
    credentials: { password: 'pw' },
    kind: 'cluster',
    nodes: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
    ],
  })
})

describe('refuses', () => {
  test.each([
    ['localhost:6379', 'it is not a URL of a store'],
    ['http://me:secret@h', 'it is not a URL of a store'],
    ['redis://h/0#x', 'it is not a URL of a store'],
    ['redis://', 'a host is missing, or is not of the form host:port'],
    ['redis://secret:123456', 'a host is missing, or is not of the form host:port'],
    ['redis://a:0', 'a port is not a number from 1 to 65535'],
    ['redis://a,b', 'several hosts need redis+sentinel:// or redis+cluster://'],
    ['redis://a/secret', 'the database is not a number'],
    ['redis://a/1/2', 'only the number of a database may follow the host'],
    ['redis://a?secret=1', 'of options behind a question mark only db can be there'],
    ['redis://:50%@a', 'a percent sign must be written %25'],
    ['redis+unix://a', 'there is no such scheme'],
    ['redis+sentinel://a:1,b:2', 'the name of the master is missing after the sentinels'],
    ['redis+sentinel://a,,b/m', 'a host is missing, or is not of the form host:port'],
    [
      'redis+sentinel://a/m?master=m',
      'of options behind a question mark only db, sentinel_username, sentinel_password can be there',
    ],
    ['redis+cluster://a/1', 'a cluster has only the database 0'],
  ])('%s, says what to write, and repeats nothing of it', (url, what) => {
    expect(() => parseStoreUrl(url)).toThrow(
      new Error(
        `REDIS_URL cannot be used: ${what}. It takes redis://user:password@host:6379/0, ` +
          'redis+sentinel://host1:26379,host2:26379/MASTER?db=0 or redis+cluster://host1:6379,host2:6379; ' +
          'rediss instead of redis encrypts.',
      ),
    )
  })
})
