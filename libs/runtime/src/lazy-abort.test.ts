import { expect, test, vi } from 'vitest'
import { LazyAbort } from './lazy-abort.ts'

test('tells whoever has asked for the signal, with the first reason', () => {
  const abort = new LazyAbort()
  const { signal } = abort
  const listener = vi.fn()
  signal.addEventListener('abort', listener)
  expect([signal.aborted, abort.reason]).toEqual([false, undefined])
  abort.abort(() => 'first')
  abort.abort(() => 'second')
  expect(listener).toHaveBeenCalledOnce()
  expect([signal.aborted, signal.reason, abort.reason]).toEqual([true, 'first', 'first'])
  expect(abort.signal).toBe(signal)
})

test('gives whoever asks later a signal that is aborted, with the same reason as everybody', () => {
  const abort = new LazyAbort()
  const why = vi.fn(() => new Error('over'))
  abort.abort(why)
  expect(why).not.toHaveBeenCalled()
  expect(abort.signal.aborted).toBe(true)
  expect(abort.signal.reason).toBe(abort.reason)
  expect(why).toHaveBeenCalledOnce()
})
