import type { Json } from '@longhaul/task'
import { expectTypeOf, test } from 'vitest'
import type { AsJson } from './as-json.ts'

interface Order {
  readonly id: string
  readonly at: Date
  readonly note?: string | undefined
  readonly pages: URL[]
  total(): number
}

test('what goes through JSON has the type that comes out of it', () => {
  expectTypeOf<AsJson<void>>().toBeVoid()
  expectTypeOf<AsJson<string | undefined>>().toEqualTypeOf<string | null>()
  expectTypeOf<AsJson<Date>>().toEqualTypeOf<string>()
  expectTypeOf<AsJson<[Date, 'a']>>().toEqualTypeOf<[string, 'a']>()
  expectTypeOf<AsJson<Order>>().toEqualTypeOf<{
    readonly id: string
    readonly at: string
    readonly note?: string | undefined
    readonly pages: string[]
  }>()
  expectTypeOf<AsJson<Json>>().toEqualTypeOf<Json>()
  expectTypeOf<AsJson<unknown>>().toBeUnknown()
  expectTypeOf<AsJson<bigint>>().toBeNever()
})
