/**
 * A script with what it needs of `prelude`: the functions and constants that it names, and those that they name. Lua
 * makes each of them anew whenever the script is called, so that one which nobody calls would cost as much as a command.
 */
export function assembleScript(prelude: string, script: string): string {
  let code = withoutComments(script)
  // Each is made of those above it.
  for (const part of withoutComments(prelude).split(PARTS).toReversed()) {
    const name = NAME.exec(part)?.[1]
    if (name !== undefined && new RegExp(`\\b${name}\\b`).test(code)) code = `${part}\n${code}`
  }
  return code
}

/** The same for several calls at once: `several`, with the script as its function `once`. */
export function assembleForSeveral(prelude: string, script: string, several: string): string {
  const once = `local function once()\n${script}\nend\n`
  return `local all_keys, all_args = KEYS, ARGV\nlocal KEYS, ARGV\n${assembleScript(prelude, `${once}${several}`)}`
}

const PARTS = /^(?=local )/m
const NAME = /^local (?:function )?(\w+)/

/** Names in comments are not calls. */
const withoutComments = (lua: string): string => lua.replace(/^\s*--.*\n/gm, '')
