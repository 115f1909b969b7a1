import { definePrompt } from 'longhaul'
import { z } from 'zod'
import { PNG } from '../pixel.ts'

const text = (value: string) => ({ type: 'text', text: value }) as const

export const simple = definePrompt({
  name: 'test_simple_prompt',
  description: 'A prompt without arguments.',
  execute: () => 'This is a simple prompt for testing.',
})

export const withArguments = definePrompt({
  name: 'test_prompt_with_arguments',
  description: 'A prompt that repeats its arguments.',
  arguments: z.object({
    arg1: z.string().describe('First test argument'),
    arg2: z.string().describe('Second test argument'),
  }),
  complete: { arg1: ['testValue1', 'testValue3'] },
  execute: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
})

export const withResource = definePrompt({
  name: 'test_prompt_with_embedded_resource',
  description: 'A prompt with a resource in it.',
  arguments: z.object({ resourceUri: z.string().describe('URI of the resource to embed') }),
  execute: ({ resourceUri }) => [
    {
      role: 'user',
      content: {
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
      },
    },
    { role: 'user', content: text('Please process the embedded resource above.') },
  ],
})

export const withImage = definePrompt({
  name: 'test_prompt_with_image',
  description: 'A prompt with an image in it.',
  execute: () => [
    { role: 'user', content: { type: 'image', data: PNG, mimeType: 'image/png' } },
    { role: 'user', content: text('Please analyze the image above.') },
  ],
})

export const asking = definePrompt({
  name: 'test_input_required_result_prompt',
  description: 'A prompt that asks for its context.',
  async execute(_args, ctx) {
    const schema = z.object({ context: z.string() })
    const reply = await ctx.elicit({ key: 'user_context', message: 'What context should the prompt use?', schema })
    return `Use this context: ${reply.action === 'accept' ? reply.content.context : 'none'}`
  },
})
