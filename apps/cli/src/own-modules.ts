/** What a project may import although nothing is installed in it, by name. */
export const ownModules = (): Readonly<Record<string, string>> => ({
  longhaul: new URL(`./index${import.meta.url.slice(-3)}`, import.meta.url).href,
  zod: import.meta.resolve('zod'),
})
