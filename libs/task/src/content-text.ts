import type { ContentBlock, ResourceContent } from './content.ts'

/** A content block in words, for a reader that takes text only. Media become a line that says what was left out. */
export function contentText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text
    case 'image':
    case 'audio':
      return `[${block.type} ${block.mimeType}, ${base64Bytes(block.data)} bytes: left out, it cannot be shown here]`
    default:
      return resourceText(block)
  }
}

function resourceText(block: ResourceContent): string {
  if (block.type === 'resource_link') {
    const about = [block.title ?? block.name, block.description, block.mimeType].filter(isText).join(', ')
    return `[link to the resource ${block.uri}${about === '' ? '' : `: ${about}`}]`
  }
  const resource: Readonly<Record<string, unknown>> = { ...(block.resource as object | undefined) }
  if (isText(resource.text)) return `[resource ${resource.uri}]\n${resource.text}`
  const size = isText(resource.blob) ? `, ${base64Bytes(resource.blob)} bytes` : ''
  return `[resource ${resource.uri}${isText(resource.mimeType) ? ` ${resource.mimeType}` : ''}${size}: binary, left out]`
}

const isText = (value: unknown): value is string => typeof value === 'string'

const base64Bytes = (data: string): number => Buffer.byteLength(data, 'base64')
