/** Environment variables, as Node has them. */
export type Env = Readonly<Record<string, string | undefined>>
