/** The text, or its beginning and end with what is left out between them, where it has more characters than that. */
export function shortenMiddle(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text
  const head = atCharacter(text, Math.ceil(mostCharacters / 2))
  const tail = atCharacter(text, text.length - Math.floor(mostCharacters / 2))
  return `${text.slice(0, head)}[… characters ${head} to ${tail} of ${text.length} are left out here …]${text.slice(tail)}`
}

/** A place that is not in the middle of a character that takes two. */
export const atCharacter = (text: string, place: number): number =>
  /[\udc00-\udfff]/.test(text[place] ?? '') ? place - 1 : place
