export { compileSchema, type Dialect, dialectOf, SchemaError } from './compile-schema.ts'
export type { Validate } from './validate.ts'
