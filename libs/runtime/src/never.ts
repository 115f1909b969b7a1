/** What a context gives once its activation has ended: it never settles, so neither `catch` nor `finally` runs (invariant 6). */
export const never = <T>(): Promise<T> => new Promise<T>(() => {})
