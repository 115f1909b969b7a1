export { compileSchema, type Dialect, dialectOf, SchemaError, type Validate } from './compile-schema.ts'
