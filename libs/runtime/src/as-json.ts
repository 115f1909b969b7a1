import type { Json } from '@longhaul/task'

/**
 * What becomes of a value that goes through JSON, as the value of a step does: a date is a string then,
 * `undefined` is null, and members that are functions are gone. Nobody looks at what a function gives that returns nothing.
 */
export type AsJson<T> = unknown extends T
  ? T
  : T extends Json
    ? T
    : T extends bigint
      ? never
      : // biome-ignore lint/suspicious/noConfusingVoidType: it is what such a function gives.
        void extends T
        ? T
        : T extends undefined | Left
          ? null
          : T extends { toJSON(...args: never[]): infer Given }
            ? AsJson<Given>
            : T extends readonly unknown[]
              ? { [Place in keyof T]: AsJson<T[Place]> }
              : T extends object
                ? {
                    [Key in keyof T as T[Key] extends Left ? never : Key]:
                      | AsJson<Exclude<T[Key], undefined>>
                      | Extract<T[Key], undefined>
                  }
                : T

type Left = symbol | ((...args: never[]) => unknown)
