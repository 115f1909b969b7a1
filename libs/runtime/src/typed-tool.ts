import type { Json, JsonObject, ToolResult } from '@longhaul/task'
import type { z } from 'zod'
import type { AnySchema } from './any-schema.ts'
import type { Tool } from './tool.ts'

/** Types only: no tool has such a member. */
declare const TYPES: unique symbol

/** A tool of which TypeScript knows what it takes and gives. */
export interface TypedTool<Args, Result> extends Tool {
  readonly [TYPES]?: { readonly args: Args; readonly result: Result }
}

/** A result whose structured content has a type, as an output schema says it. */
export interface StructuredResult<Content> extends Omit<ToolResult, 'structuredContent'> {
  readonly structuredContent: Content
}

/** What code gets of arguments. */
export type Parsed<Schema> = Schema extends z.ZodType ? z.infer<Schema> : JsonObject

/** What a call has to give: a schema may have defaults. */
export type Given<Schema> = Schema extends z.ZodType ? z.input<Schema> : AnyArguments

/**
 * What `execute` may return: a tool result, text, or an object or another value that JSON can say, which becomes structured
 * content.
 */
export type ToolOutput = ToolResult | Json | object | undefined

/** The same where an output schema says what is in it. */
export type ReturnedBy<Schema extends AnySchema | undefined> = Schema extends z.ZodType
  ? ToolResult | ReadonlyJson<z.input<Schema>>
  : ToolOutput

/** Lists that the code does not change are what a schema takes, too. */
type ReadonlyJson<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyJson<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyJson<T[Key]> }
    : T

/** What a call comes to. What an output schema in Zod would transform stays as it was given. */
export type ResultBy<Schema extends AnySchema | undefined> = Schema extends z.ZodType
  ? StructuredResult<z.input<Schema>>
  : ToolResult

type AnyArguments = { readonly [name: string]: Json | undefined }

/** What a tool takes, named or as `defineTool` gave it. */
export type ArgumentsOf<T> = T extends { readonly name: string }
  ? typeof TYPES extends keyof T
    ? NonNullable<T[typeof TYPES]> extends { readonly args: infer Args }
      ? Args
      : never
    : AnyArguments
  : AnyArguments

/** What it gives. */
export type ResultOf<T> = T extends { readonly name: string }
  ? typeof TYPES extends keyof T
    ? NonNullable<T[typeof TYPES]> extends { readonly result: infer Result }
      ? Result
      : never
    : ToolResult
  : ToolResult
