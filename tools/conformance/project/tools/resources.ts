import { defineResource } from 'longhaul'
import { PNG } from '../pixel.ts'

export const staticText = defineResource({
  uri: 'test://static-text',
  name: 'Static text',
  description: 'A text that never changes.',
  mimeType: 'text/plain',
  read: () => 'This is the content of the static text resource.',
})

export const staticBinary = defineResource({
  uri: 'test://static-binary',
  name: 'Static binary',
  description: 'An image that never changes.',
  mimeType: 'image/png',
  read: () => Buffer.from(PNG, 'base64'),
})

export const watched = defineResource({
  uri: 'test://watched-resource',
  name: 'Watched resource',
  description: 'A text that one can subscribe to.',
  mimeType: 'text/plain',
  read: () => 'Watched resource content',
})

export const template = defineResource({
  uriTemplate: 'test://template/{id}/data',
  name: 'Template',
  description: 'Data by id.',
  mimeType: 'application/json',
  read: ({ id }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
})
