const RealDate = Date

/** The time of day of this process, set ahead. What measures time by other means, such as setTimeout, is left alone. */
export class ShiftedClock {
  #aheadMs = 0

  skip(ms: number): void {
    this.#aheadMs += ms
    const now = () => RealDate.now() + this.#aheadMs
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
      apply: () => new RealDate(now()).toString(),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    })
  }

  restore(): void {
    globalThis.Date = RealDate
  }
}
