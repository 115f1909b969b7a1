export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }
/** A JSON Schema document, 2020-12 where `$schema` is absent. Kept verbatim, in the author's key order. */
export type JsonSchema = { readonly [key: string]: unknown }
