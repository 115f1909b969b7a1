/** The part of mime-types that is used here; the package comes without types. */
declare module 'mime-types' {
  /** The type of a file by its name, or false where nobody knows. */
  export function lookup(path: string): string | false
}
