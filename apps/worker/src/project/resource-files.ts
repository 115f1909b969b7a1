import { isUtf8 } from 'node:buffer'
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { defineResource, type Exposed, ProtocolError } from '@longhaul/runtime'
import type { Problem } from '@longhaul/task'
import { lookup } from 'mime-types'

const FOLDER = 'resources'
const RESOURCE_NOT_FOUND = -32002
/** Types that are text beside `text/*`. */
const TEXT = /^text\/|[/+](?:json|xml|yaml|javascript)$/

export interface ResourceFiles {
  /** By their paths in the folder. */
  readonly resources: ReadonlyMap<string, Exposed>
  readonly problems: readonly Problem[]
}

/**
 * The files of `resources/` as resources `longhaul://resources/PATH`. Left out are those whose names begin with a dot,
 * and what `isCode`. A link that leads out of the folder, or a file that is too large, is a problem.
 */
export function findResourceFiles(
  dir: string,
  { isCode, maxBytes }: { readonly isCode: (name: string) => boolean; readonly maxBytes: number },
): ResourceFiles {
  const folder = join(dir, FOLDER)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return { resources: new Map(), problems: [] }
  const root = realpathSync(folder)
  const problems: Problem[] = []
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !path.split('/').some((name) => name.startsWith('.')) && !isCode(path))
    .toSorted()
  const resources = new Map<string, Exposed>()
  for (const path of paths) {
    const mistake = findMistake(root, path, maxBytes)
    if (mistake === undefined) resources.set(path, toResource(root, path, maxBytes))
    else if (mistake !== '') problems.push({ file: `${FOLDER}/${path}`, message: mistake, severity: 'warning' })
  }
  return { resources, problems }
}

/** Why a path cannot be served; an empty text where it is no file. */
function findMistake(root: string, path: string, maxBytes: number): string | undefined {
  const stats = statSync(join(root, path), { throwIfNoEntry: false })
  if (!stats?.isFile()) return ''
  if (!isInside(root, path)) return 'It is left out, since it is a link that leads out of the folder.'
  if (stats.size <= maxBytes) return undefined
  return `It is left out: it has ${stats.size} bytes, and the most is ${maxBytes} (LONGHAUL_MAX_RESOURCE_FILE_BYTES).`
}

/** The URI of a file, by its path in the folder. */
const toResourceUri = (path: string): string =>
  `longhaul://resources/${path.split('/').map(encodeURIComponent).join('/')}`

/** The URIs of files, by their paths from the project's folder; others have none. */
export const toResourceUris = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => {
    const [folder, ...rest] = path.split(sep)
    return folder === FOLDER ? [toResourceUri(rest.join('/'))] : []
  })

const isInside = (root: string, path: string): boolean =>
  !relative(root, realpathSync(join(root, path))).startsWith('..')

function toResource(root: string, path: string, maxBytes: number): Exposed {
  const mimeType = lookup(path) || 'application/octet-stream'
  return defineResource({
    uri: toResourceUri(path),
    name: path,
    mimeType,
    async read() {
      // It may be another than it was when the project was loaded.
      if (findMistake(root, path, maxBytes) !== undefined) {
        throw new ProtocolError(RESOURCE_NOT_FOUND, `The file ${path} is not there any more, or cannot be served.`)
      }
      const bytes = await readFile(join(root, path))
      return TEXT.test(mimeType) && isUtf8(bytes) ? bytes.toString('utf8') : bytes
    },
  })
}
