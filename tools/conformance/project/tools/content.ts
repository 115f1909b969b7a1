import { defineTool } from 'longhaul'
import { z } from 'zod'
import { PNG } from '../pixel.ts'

/** A WAV file without samples. */
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='
const nothing = z.object({})
const reads = { readOnlyHint: true }

export const about = defineTool({
  name: 'about',
  description: 'Says what this project is for.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => 'A project with everything that the conformance suites of MCP ask for.',
})

export const simpleText = defineTool({
  name: 'test_simple_text',
  description: 'Gives a text.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => 'This is a simple text response for testing.',
})

export const image = defineTool({
  name: 'test_image_content',
  description: 'Gives an image.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => ({ content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] }),
})

export const audio = defineTool({
  name: 'test_audio_content',
  description: 'Gives a sound.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
})

export const embeddedResource = defineTool({
  name: 'test_embedded_resource',
  description: 'Gives a resource with its text.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }),
})

export const multipleTypes = defineTool({
  name: 'test_multiple_content_types',
  description: 'Gives a text, an image and a resource.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: PNG, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }),
})

export const errorHandling = defineTool({
  name: 'test_error_handling',
  description: 'Gives an error.',
  inputSchema: nothing,
  annotations: reads,
  execute: () => ({
    content: [{ type: 'text', text: 'This tool intentionally returns an error for testing' }],
    isError: true,
  }),
})
