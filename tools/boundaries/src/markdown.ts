/** A link of a Markdown text to something in the repository. */
export interface RelativeLink {
  /** Before the `#`; empty for a heading of the same text. */
  readonly path: string
  /** After the `#`, or empty. */
  readonly fragment: string
  /** From 1. */
  readonly line: number
}

/** Inline links, images and link definitions, outside of code; links with a scheme (`https:`) are left out. */
export function linksIn(markdown: string): readonly RelativeLink[] {
  return proseLines(markdown).flatMap((text, index) => {
    const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    const definitions = [...text.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)/g)]
    return [...inline, ...definitions].flatMap(([, target = '']) => {
      if (/^[a-z][a-z+.-]*:/i.test(target) || target.startsWith('//')) return []
      const [path = '', fragment = ''] = target.split('#')
      return [{ path: decodeURIComponent(path), fragment, line: index + 1 }]
    })
  })
}

/** The fragments under which the headings of a text can be linked, as GitHub makes them. */
export function anchorsIn(markdown: string): readonly string[] {
  return withoutFences(markdown).flatMap((text) => {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1]
    if (heading === undefined) return []
    return [
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ]
  })
}

function proseLines(markdown: string): readonly string[] {
  return withoutFences(markdown).map((text) => text.replaceAll(/`[^`]*`/g, ''))
}

/** The lines of a text, with those of fenced code blocks emptied. */
function withoutFences(markdown: string): readonly string[] {
  let fence: string | undefined
  return markdown.split('\n').map((text) => {
    const mark = /^\s*(```+|~~~+)/.exec(text)?.[1]
    if (fence === undefined && mark === undefined) return text
    if (fence === undefined) fence = mark
    else if (mark?.startsWith(fence)) fence = undefined
    return ''
  })
}
