import { describe, expect, test } from 'vitest'
import { toCatalogEntry } from './catalog-entry.ts'
import type { Context } from './context.ts'
import { defineResource } from './define-resource.ts'
import type { ResourceOutput } from './resource-contents.ts'

/** For definitions that do not use it. */
const ctx = {} as Context
const uri = 'notes://today'

describe('a resource', () => {
  test('is announced with its URI, under a name that no tool can have', () => {
    const resource = defineResource({ uri, name: 'today', mimeType: 'text/plain', size: 3, read: () => 'abc' })
    expect(toCatalogEntry(resource)).toMatchObject({
      name: 'resource:notes://today',
      as: { kind: 'resource', uri, name: 'today', mimeType: 'text/plain', size: 3 },
    })
  })

  test.each<[string, ResourceOutput, object[]]>([
    ['text', 'abc', [{ uri, mimeType: 'text/plain', text: 'abc' }]],
    ['bytes', new Uint8Array([1, 2]), [{ uri, mimeType: 'text/plain', blob: 'AQI=' }]],
    ['contents', { mimeType: 'text/html', text: '<p>' }, [{ uri, mimeType: 'text/html', text: '<p>' }]],
    [
      'several',
      [{ text: 'a' }, { uri: 'notes://b', blob: '' }],
      [
        { uri, mimeType: 'text/plain', text: 'a' },
        { uri: 'notes://b', mimeType: 'text/plain', blob: '' },
      ],
    ],
    ['nothing', undefined, []],
  ])('may give %s', async (_, output, contents) => {
    const resource = defineResource({ uri, name: 'today', mimeType: 'text/plain', read: () => output })
    expect((await resource.execute({ uri }, ctx)).structuredContent).toEqual({ contents })
  })

  test('gives either text or bytes', async () => {
    const both = defineResource({ uri, name: 'today', read: () => ({ text: 'a', blob: 'b' }) })
    await expect(both.execute({ uri }, ctx)).rejects.toThrow('must give text, bytes, or contents with either')
  })

  test.each(['today', 'notes://a b', 'notes://{day}'])('has no URI like %j', (wrong) => {
    expect(() => defineResource({ uri: wrong, name: 'x', read: () => '' })).toThrow('is no URI')
  })
})

describe('a template', () => {
  const template = defineResource({
    uriTemplate: 'notes://{day}/{+path}{?q,lang}',
    name: 'a day',
    complete: { day: ['monday'], path: () => ['a/b'] },
    list: () => [{ uri: 'notes://monday/a', name: 'monday' }],
    read: ({ day, path }) => `${day} ${path}`,
  })

  test('is announced with its variables, and what completes and lists goes along', async () => {
    expect(toCatalogEntry(template)).toMatchObject({
      name: 'template:notes://{day}/{+path}{?q,lang}',
      as: {
        kind: 'template',
        variables: [{ name: 'day', values: ['monday'] }, { name: 'path' }, { name: 'q' }, { name: 'lang' }],
      },
    })
    const [completion, listing] = template.beside
    expect(completion?.as).toEqual({ kind: 'completion', of: ['path'] })
    expect(listing?.as).toEqual({ kind: 'listing' })
    expect((await listing?.execute({}, ctx))?.structuredContent).toEqual({
      resources: [{ uri: 'notes://monday/a', name: 'monday' }],
    })
  })

  test('is read with the values of its variables, under the URI that was asked for', async () => {
    const args = { uri: 'notes://monday/a/b', variables: { day: 'monday', path: 'a/b' } }
    const { structuredContent } = await template.execute(args, ctx)
    expect(structuredContent).toEqual({ contents: [{ uri: args.uri, text: 'monday a/b' }] })
  })

  test.each([
    ['notes://today', 'cannot be used as a URI template'],
    ['notes://{day', 'cannot be used as a URI template'],
    ['notes://{day:3}', 'cannot be used as a URI template'],
    ['{day}', 'cannot be used as a URI template'],
    ['notes://{day}/{day}', "has the variable 'day' twice"],
  ])('cannot be %j', (uriTemplate, message) => {
    expect(() => defineResource({ uriTemplate, name: 'x', read: () => '' })).toThrow(message)
  })
})
