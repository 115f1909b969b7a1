/** What a terminal obeys instead of showing it, but for new lines and tabs; and what turns the direction of writing. */
const OBEYED = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/**
 * Text from elsewhere as a person is shown it. What tools, models and other servers say must not move the cursor, nor hide
 * what stands before it: who approves a call has to see that call.
 */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** To standard output: to a program as it is, to a person `printable`. */
export function print(text: string): void {
  console.log(process.stdout.isTTY ? printable(text) : text)
}

/** To standard error, for a person. */
export const complain = (text: string): void => console.error(printable(text))
