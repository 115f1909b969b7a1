/** The part of picomatch that is used here; the package comes without types. */
declare module 'picomatch' {
  export default function picomatch(
    glob: string,
    options?: { readonly dot?: boolean; readonly nonegate?: boolean },
  ): (text: string) => boolean
}
